using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.Host;
using FlashMem.Backends.ILGPU.Device;
using FlashMem.Runtime.Sessions;
using FlashMem.Tests.Support;
using Xunit;
using static FlashMem.Tests.Support.SessionChecks;

namespace FlashMem.Tests.Backends.Ilgpu.Sessions;

/// <summary>
/// Whole small models through a session on ILGPU's processors: what streams has the bits of what is resident, and both agree with the host.
/// </summary>
public sealed class IlgpuStreamingTests : IDisposable
{
    private const long ChunkBytes = 16 * 1024;

    /// <summary>Largest difference from the host against the largest output: both sum the same products, in another order.</summary>
    private const float Tolerance = 2e-5f;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("convnet", ElementType.Float32)]
    [InlineData("transformer", ElementType.Float16)]
    public async Task A_streamed_run_has_the_bits_of_the_resident_one_which_agrees_with_the_host(string model, ElementType weights)
    {
        string path = model == "convnet" ? SmallModels.WriteConvNet(folder) : SmallModels.WriteTransformer(folder);
        await using IlgpuDevice device = IlgpuDevice.Open(new IlgpuDeviceOptions { Kind = IlgpuDeviceKind.Cpu, TableBytes = 64 << 10 });
        await using HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        var options = new SessionOptions
        {
            Device = device, CacheDirectory = folder["weights"], ChunkBytes = ChunkBytes, WeightType = weights,
        };
        Dictionary<string, Tensor> resident = await Run(path, options);
        Dictionary<string, Tensor> expected = await Run(path, options with { Device = host });
        foreach ((string name, Tensor output) in expected)
        {
            (float largest, float difference) = Compare(output.As<float>().Data.Span, resident[name].As<float>().Data.Span);
            Assert.True(largest > 0 && difference <= Tolerance * largest, $"{name}: {difference} of {largest}");
        }

        long smallest = await SmallestBudget(path, options);
        Dictionary<string, Tensor> streamed = await Run(path, options with { BudgetBytes = smallest }, smallest);
        foreach ((string name, Tensor output) in resident)
        {
            Assert.Equal(output.Bytes.ToArray(), streamed[name].Bytes.ToArray());
        }
    }

    /// <summary>The second run and those after it copy from the mapped file, whatever was staged for the first.</summary>
    [Theory]
    [InlineData("convnet", ElementType.Float32)]
    [InlineData("transformer", ElementType.Float16)]
    public async Task Weights_kept_in_the_hosts_memory_are_not_read_again_and_give_the_same_bits(string model, ElementType weights)
    {
        string path = model == "convnet" ? SmallModels.WriteConvNet(folder) : SmallModels.WriteTransformer(folder);
        await using IlgpuDevice device = IlgpuDevice.Open(new IlgpuDeviceOptions { Kind = IlgpuDeviceKind.Cpu, TableBytes = 64 << 10 });
        var options = new SessionOptions
        {
            Device = device, CacheDirectory = folder["weights"], ChunkBytes = ChunkBytes, WeightType = weights, HostWeights = true,
        };
        long smallest = await SmallestBudget(path, options);
        await using StreamingSession session = await StreamingSession.LoadAsync(path, options with { BudgetBytes = smallest });
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
        RunResult read = await session.RunAsync(inputs);
        Assert.Null(read.Report.Memory.LockedFileBytes);
        for (int run = 0; run < 2; run++)
        {
            RunResult kept = await session.RunAsync(inputs);
            foreach ((string name, Tensor output) in read.Outputs)
            {
                Assert.Equal(output.Bytes.ToArray(), kept.Outputs[name].Bytes.ToArray());
            }

            Assert.Equal(read.Report.StreamedBytes, kept.Report.StreamedBytes);
            Assert.InRange(kept.Report.Memory.PeakBytes, 1, smallest);
            Assert.InRange(kept.Report.Memory.LockedFileBytes!.Value, kept.Report.StreamedBytes, new FileInfo(session.WeightFilePath).Length + 4095);
            Assert.All(kept.Trace!.Events.Where(e => e.Lane == TraceLane.Storage), e => Assert.Contains(" row", e.Name, StringComparison.Ordinal));
            Assert.Contains(kept.Trace.Events, e => e.Lane == TraceLane.Transfer);
            Assert.All(kept.Trace.Residency, sample => Assert.InRange(sample.Bytes, 0, smallest));
        }

        File.AppendAllText(session.WeightFilePath, "more");
        Assert.Contains("changed since it was opened", (await Assert.ThrowsAsync<RunFailedException>(() => session.RunAsync(inputs))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_copies_from_memory_of_its_own_only_keeps_no_weights()
    {
        await using HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        var options = new SessionOptions { Device = host, CacheDirectory = folder["weights"], HostWeights = true };
        UsageException error = await Assert.ThrowsAsync<UsageException>(
            () => StreamingSession.LoadAsync(SmallModels.WriteConvNet(folder), options));
        Assert.Contains("host cannot keep weights in the host's memory", error.Message, StringComparison.Ordinal);
    }

    private static async Task<Dictionary<string, Tensor>> Run(string path, SessionOptions options, long? budget = null)
    {
        await using StreamingSession session = await StreamingSession.LoadAsync(path, options);
        RunResult result = await session.RunAsync(SmallModels.Inputs(session.InputMetadata));
        if (budget is { } most)
        {
            Assert.True(result.Report.StreamedBytes > 0);
            Assert.InRange(result.Report.Memory.PeakBytes, 1, most);
        }

        return result.Outputs.ToDictionary(output => output.Key, output => output.Value);
    }
}
