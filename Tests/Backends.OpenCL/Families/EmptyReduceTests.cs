using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Families;

/// <summary>Rows without elements reduce to the operation's neutral value.</summary>
public sealed class EmptyReduceTests
{
    [Theory]
    [InlineData(ReduceOp.Sum, 0f)]
    [InlineData(ReduceOp.Product, 1f)]
    [InlineData(ReduceOp.Maximum, float.NegativeInfinity)]
    [InlineData(ReduceOp.LogSumExp, float.NegativeInfinity)]
    public async Task A_row_without_elements_is_neutral(ReduceOp op, float expected)
    {
        await using OpenClDevice device = OpenClTestDevice.Open();
        using var memory = new CaseMemory(device);
        var desc = new ReduceKernel
        {
            Name = "empty rows",
            Inputs = [TensorView.Dense(ElementType.Float32, new Shape(5, 0))],
            Output = TensorView.Dense(ElementType.Float32, new Shape(5)),
            Op = op,
        };
        var command = new DispatchCommand
        {
            Kernel = device.Prepare(desc),
            Inputs = [memory.Upload(MemoryTier.Activation, new byte[4])],
            Output = memory.Upload(MemoryTier.Activation, new byte[5 * sizeof(float)]),
        };
        Timeline done = device.CreateTimeline("done");

        device.ComputeQueue.Dispatch(command, [], done.At(1));
        done.Wait(1);

        var result = new float[5];
        command.Output.Memory.Read(command.Output.Offset, MemoryMarshal.AsBytes(result.AsSpan()));
        Assert.Equal(Enumerable.Repeat(expected, 5), result);
    }
}
