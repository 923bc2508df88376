using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Simulator.Device;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Commands of a given size.</summary>
internal static class TestCommands
{
    /// <summary>A kernel that stores 1 to so many floats.</summary>
    public static DispatchCommand Fill(SimulatedDevice device, long elements) => new()
    {
        Kernel = device.Prepare(FillKernel(elements)),
        Inputs = [],
        Output = new MemoryRange(device.Allocate(MemoryTier.Activation, 4 * elements), 0, 4 * elements),
    };

    public static ElementwiseKernel FillKernel(long elements) => new()
    {
        Name = "fill",
        Inputs = [],
        Output = TensorView.Dense(ElementType.Float32, new Shape(elements)),
        Program = new ElementwiseProgram(0, [new ElementwiseInstruction(ElementwiseOp.Constant, ElementType.Float32, Immediate: 1)]),
    };

    /// <summary>A read of a chunk into memory of its own.</summary>
    public static ReadCommand Read(SimulatedDevice device, long offset, int bytes) => new(
        $"chunk at {offset}", offset, bytes, new MemoryRange(device.Allocate(MemoryTier.Unified, bytes), 0, bytes), null);
}
