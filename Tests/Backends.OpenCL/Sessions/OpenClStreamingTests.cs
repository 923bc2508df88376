using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Sessions;

/// <summary>Whole models on an OpenCL device opened as one with memory of its own: staging, copies and weights in images or buffers.</summary>
public sealed class OpenClStreamingTests : IDisposable
{
    private const long ChunkBytes = 16 * 1024;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("convnet", true)]
    [InlineData("convnet", false)]
    [InlineData("transformer", true)]
    [InlineData("transformer", false)]
    public async Task Streamed_and_resident_runs_give_the_same_bits(string name, bool images)
    {
        await using OpenClDevice device = OpenClTestDevice.Open(
            new OpenClDeviceOptions { ZeroCopy = false, WeightImages = images, CpuKernels = false });
        string path = name == "convnet" ? SmallModels.WriteConvNet(folder) : SmallModels.WriteTransformer(folder);
        var options = new SessionOptions { Device = device, CacheDirectory = folder["cache"], ChunkBytes = ChunkBytes };
        Dictionary<string, byte[]> expected;
        Dictionary<string, Tensor> inputs;
        await using (StreamingSession resident = await StreamingSession.LoadAsync(path, options))
        {
            inputs = SmallModels.Inputs(resident.InputMetadata);
            expected = Bytes(await resident.RunAsync(inputs));
        }

        long smallest = (await Assert.ThrowsAsync<BudgetException>(
            () => StreamingSession.LoadAsync(path, options with { BudgetBytes = 1 }))).SmallestBytes;
        foreach (long budget in new[] { smallest, smallest + (40 * ChunkBytes) })
        {
            foreach (MoveMode mode in Enum.GetValues<MoveMode>())
            {
                await using StreamingSession streamed = await StreamingSession.LoadAsync(
                    path, options with { BudgetBytes = budget, MoveMode = mode });
                for (int run = 0; run < 3; run++)
                {
                    RunResult result = await streamed.RunAsync(inputs);
                    Assert.Equal(expected, Bytes(result));
                    Assert.True(result.Report.Memory.PeakBytes <= result.Report.Memory.PlannedPeakBytes);
                    Assert.Equal(streamed.Plan.TextureArenaBytes, result.Report.Memory.PeakTextureBytes);
                }
            }
        }
    }

    private static Dictionary<string, byte[]> Bytes(RunResult result) =>
        result.Outputs.ToDictionary(output => output.Key, output => output.Value.Bytes.ToArray());
}
