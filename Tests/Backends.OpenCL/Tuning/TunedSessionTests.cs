using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Tuning;
using FlashMem.Runtime.Sessions;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Tuning;

/// <summary>From tuning a model to running it, as a processor and as a GPU with memory of its own.</summary>
public sealed class TunedSessionTests : IDisposable
{
    private const int Layers = 6;

    // More than it takes on a busy machine.
    private const double Enough = 600;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tuned_runs_are_the_same_streamed_and_resident(bool gpu)
    {
        string path = ChainModel.Write(folder.Path, Layers, width: 64);
        TuningReport first = await Tune(path, gpu, Enough);
        TuningReport again = await Tune(path, gpu, Enough);

        Assert.All(first.Kernels, tuning => Assert.False(tuning.IsKept));
        Assert.All(again.Kernels, tuning => Assert.True(tuning.IsKept));
        Assert.Equal(first.Kernels.Select(tuning => tuning.Tiles).Order(), again.Kernels.Select(tuning => tuning.Tiles).Order());
        Assert.Equal(gpu, first.WeightImages is not null);

        await using OpenClDevice device = Open(gpu);
        IReadOnlyDictionary<string, Tensor> resident = await Run(path, device, null);
        Assert.Equal((Layers, 0), (device.TuningStatistics.Kernels, device.TuningStatistics.Discarded));
        IReadOnlyDictionary<string, Tensor> streamed = await Run(path, device, 64 << 10);
        Assert.Equal(Floats(resident), Floats(streamed));
        Assert.Equal(first.WeightImages ?? false, device.Capabilities.Images);
    }

    [Fact]
    public async Task Damaged_entries_are_discarded_and_tuned_again()
    {
        string path = ChainModel.Write(folder.Path, Layers, width: 64);
        TuningReport first = await Tune(path, false, 0);
        Assert.True(first.IsCut);
        Assert.False(Directory.Exists(Tiles));
        TuningReport whole = await Tune(path, false, Enough);
        foreach (string file in Directory.GetFiles(Tiles))
        {
            File.WriteAllBytes(file, [1, 2, 3]);
        }

        await using (OpenClDevice device = Open(false))
        {
            await Run(path, device, null);
            Assert.Equal((0, whole.Kernels.Length), (device.TuningStatistics.Kernels, device.TuningStatistics.Discarded));
            Assert.NotNull(device.TuningStatistics.Problem);
        }

        Assert.Empty(Directory.GetFiles(Tiles));
        Assert.All((await Tune(path, false, Enough)).Kernels, tuning => Assert.False(tuning.IsKept));
    }

    private string Tiles => Path.Combine(folder.Path, "tiles");

    private static float[] Floats(IReadOnlyDictionary<string, Tensor> outputs) =>
        [.. outputs.Values.SelectMany(tensor => ((Tensor<float>)tensor).Data.ToArray())];

    private async Task<TuningReport> Tune(string path, bool gpu, double seconds)
    {
        await using OpenClDevice device = Open(gpu);
        using LocatedModel model = ModelLocator.LocateGraph(
            path, ElementType.Float16, device.Capabilities, new SessionOptions().ChunkBytes);
        var tuner = new OpenClTuner(device, new TuningOptions { Seconds = seconds, Launches = 3 }, TimeProvider.System);
        return tuner.Tune([.. model.Graph.Kernels.Select(node => node.Desc)], null, TestContext.Current.CancellationToken);
    }

    private async Task<IReadOnlyDictionary<string, Tensor>> Run(string path, OpenClDevice device, long? budget)
    {
        var options = new SessionOptions
        {
            Device = device, BudgetBytes = budget, CacheDirectory = Path.Combine(folder.Path, "weights"), ChunkBytes = 4 << 10,
        };
        await using StreamingSession session = await StreamingSession.LoadAsync(path, options, null, TestContext.Current.CancellationToken);
        return (await session.RunAsync(SmallModels.Inputs(session.InputMetadata), TestContext.Current.CancellationToken)).Outputs;
    }

    private OpenClDevice Open(bool gpu)
    {
        var options = new OpenClDeviceOptions { TuningDirectory = Tiles };
        return OpenClTestDevice.Open(gpu ? options with { ZeroCopy = false, CpuKernels = false, TextureBlockBytes = 64 << 10 } : options);
    }
}
