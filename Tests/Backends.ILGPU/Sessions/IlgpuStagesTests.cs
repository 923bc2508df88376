using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.ILGPU.Device;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Runtime.Stages;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.Ilgpu.Sessions;

/// <summary>Stages on ILGPU's devices: on this machine's processors by way of the host, on NVIDIA GPUs from one to the other.</summary>
public sealed class IlgpuStagesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(IlgpuDeviceKind.Cpu, "host")]
    [InlineData(IlgpuDeviceKind.Cuda, "peer")]
    public async Task Stages_have_the_bits_of_the_whole_model(IlgpuDeviceKind kind, string way)
    {
        await using IlgpuDevice first = Open(kind, 0);
        await using IlgpuDevice second = Open(kind, 1);
        string path = ChainModel.Write(folder.Path, layers: 4, width: 32);
        var session = new SessionOptions { CacheDirectory = folder["cache"], ChunkBytes = 4096 };
        IReadOnlyDictionary<string, Tensor> inputs;
        byte[] expected;
        await using (StreamingSession whole = await StreamingSession.LoadAsync(path, session with { Device = first }))
        {
            inputs = SmallModels.Inputs(whole.InputMetadata);
            expected = (await whole.RunAsync(inputs)).Outputs["y"].Bytes.ToArray();
        }

        await using StagedSession staged = await StagedSession.LoadAsync(
            path, new StagedOptions { Devices = [first, second], Session = session, Starts = [0, 2] });
        StagedResult alone = await staged.RunAsync(inputs);
        var together = await staged.RunManyAsync(
            [inputs, inputs, inputs], (_, outputs) => Assert.Equal(expected, outputs["y"].Bytes.ToArray()));

        Assert.Equal(expected, alone.Outputs["y"].Bytes.ToArray());
        Assert.Equal(way, Assert.Single(staged.Report(alone, together).Crossings).Way);
    }

    /// <summary>Each stage copies from its own part of the file, to its own device.</summary>
    [Theory]
    [InlineData(IlgpuDeviceKind.Cpu)]
    [InlineData(IlgpuDeviceKind.Cuda)]
    public async Task Stages_with_weights_kept_in_the_hosts_memory_lock_their_parts_and_give_the_same_bits(IlgpuDeviceKind kind)
    {
        await using IlgpuDevice first = Open(kind, 0);
        await using IlgpuDevice second = Open(kind, 1);
        string path = ChainModel.Write(folder.Path, layers: 6, width: 128);
        var session = new SessionOptions { CacheDirectory = folder["cache"], ChunkBytes = 4096, HostWeights = true };
        var options = new StagedOptions { Devices = [first, second], Session = session, Starts = [0, 3] };
        long smallest = (await Assert.ThrowsAsync<BudgetException>(
            () => StagedSession.LoadAsync(path, options with { Session = session with { BudgetBytes = 1 } }))).SmallestBytes;
        await using StagedSession staged = await StagedSession.LoadAsync(
            path, options with { Session = session with { BudgetBytes = smallest } });
        IReadOnlyDictionary<string, Tensor> inputs = SmallModels.Inputs(staged.InputMetadata);
        byte[] read = (await staged.RunAsync(inputs)).Outputs["y"].Bytes.ToArray();

        StagedResult alone = await staged.RunAsync(inputs);
        var together = await staged.RunManyAsync(
            [inputs, inputs, inputs], (_, outputs) => Assert.Equal(read, outputs["y"].Bytes.ToArray()));

        Assert.Equal(read, alone.Outputs["y"].Bytes.ToArray());
        StagedReport report = staged.Report(alone, together);
        Assert.All(report.Stages, stage =>
        {
            Assert.True(stage.StreamedBytes > 0);
            Assert.InRange(stage.LockedFileBytes!.Value, stage.StreamedBytes, report.WeightBytes - 1);
            Assert.InRange(stage.PeakBytes, 1, smallest);
        });
    }

    /// <summary>Bytes that a copy moves are those that lie on the other device, however they are aligned.</summary>
    [Fact]
    public async Task A_gpu_copies_from_another_one_or_from_another_context_of_its_own()
    {
        await using IlgpuDevice first = Open(IlgpuDeviceKind.Cuda, 0);
        await using IlgpuDevice second = Open(IlgpuDeviceKind.Cuda, 1);
        var bytes = new byte[1 << 20];
        new Random(3).NextBytes(bytes);
        using IDeviceMemory source = first.Allocate(MemoryTier.Activation, bytes.Length);
        using IDeviceMemory target = second.Allocate(MemoryTier.Activation, bytes.Length);
        source.Write(0, bytes);
        Timeline done = second.CreateTimeline("done");

        Assert.True(second.CanCopyFrom(first));
        second.TransferQueue.Copy(
            new CopyCommand("all", new MemoryRange(source, 0, bytes.Length), new MemoryRange(target, 0, bytes.Length)), [], done.At(1));
        second.TransferQueue.Copy(
            new CopyCommand("some", new MemoryRange(source, 4096, 100), new MemoryRange(target, 64, 100)), [done.At(1)], done.At(2));
        await done.WaitAsync(2);

        var got = new byte[bytes.Length];
        target.Read(0, got);
        bytes.AsSpan(4096, 100).CopyTo(bytes.AsSpan(64));
        Assert.Equal(bytes, got);
    }

    private static IlgpuDevice Open(IlgpuDeviceKind kind, int index) =>
        IlgpuTestDevice.Open(new IlgpuDeviceOptions { Kind = kind, Index = index });
}
