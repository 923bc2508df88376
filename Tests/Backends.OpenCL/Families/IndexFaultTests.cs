using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Families;

/// <summary>Indices outside their axis fail the run with the kernel, the index and the extent.</summary>
public sealed class IndexFaultTests
{
    private static readonly TensorView Data = TensorView.Dense(ElementType.Float32, new Shape(1, 4, 3));

    [Theory]
    [InlineData(4)]
    [InlineData(-5)]
    public Task A_gather_outside_its_axis_fails(int index) => Fails(
        new GatherKernel
        {
            Name = "lookup",
            Inputs = [Data, TensorView.Dense(ElementType.Int32, new Shape(2))],
            Output = TensorView.Dense(ElementType.Float32, new Shape(1, 2, 3)),
            Mode = GatherMode.Axis,
        },
        [new float[12], new[] { 1, index }],
        index);

    [Theory]
    [InlineData(4)]
    [InlineData(-5)]
    public Task A_scatter_outside_its_axis_fails(int index) => Fails(
        new ScatterKernel
        {
            Name = "update",
            Inputs =
            [
                Data, TensorView.Dense(ElementType.Int32, new Shape(1, 2, 3)), TensorView.Dense(ElementType.Float32, new Shape(1, 2, 3)),
            ],
            Output = Data,
            Mode = ScatterMode.Elements,
            Axis = 1,
        },
        [new float[12], new[] { 0, 0, 0, 1, index, 1 }, new float[6]],
        index);

    private static async Task Fails(KernelDesc desc, Array[] inputs, int index)
    {
        await using OpenClDevice device = OpenClTestDevice.Open();
        using var memory = new CaseMemory(device);
        ICompiledKernel kernel = device.Prepare(desc);
        var command = new DispatchCommand
        {
            Kernel = kernel,
            Inputs = [.. inputs.Select(values => memory.Upload(MemoryTier.Activation, Bytes(values)))],
            Output = memory.Upload(MemoryTier.Activation, new byte[desc.Output.ElementCount * sizeof(float)]),
        };
        Timeline done = device.CreateTimeline("done");

        device.ComputeQueue.Dispatch(command, [], done.At(1));

        RunFailedException error = Assert.Throws<RunFailedException>(() => done.Wait(1));
        Assert.Contains($"'{desc.Name}': index {index} is outside an axis of 4", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(Array values)
    {
        var bytes = new byte[Buffer.ByteLength(values)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return bytes;
    }
}
