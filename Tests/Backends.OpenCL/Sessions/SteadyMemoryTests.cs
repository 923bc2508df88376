using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Runtime.Sessions;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Sessions;

/// <summary>
/// All memory of a session lies in arenas with planned offsets that are allocated when it opens, so a pool of buffers or textures would
/// have nothing to serve.
/// </summary>
public sealed class SteadyMemoryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repeated_run_allocates_and_frees_no_device_memory(bool gpu)
    {
        string path = SmallModels.WriteTransformer(folder);
        await using OpenClDevice device = OpenClTestDevice.Open(gpu
            ? new OpenClDeviceOptions { ZeroCopy = false, CpuKernels = false, WeightImages = true, TextureBlockBytes = 64 << 10 }
            : new OpenClDeviceOptions());
        var options = new SessionOptions
        {
            Device = device, BudgetBytes = 600 << 10, CacheDirectory = Path.Combine(folder.Path, "weights"), ChunkBytes = 16 << 10,
        };
        await using StreamingSession session = await StreamingSession.LoadAsync(path, options, null, TestContext.Current.CancellationToken);
        await Run();
        (int Memory, int Blocks, int Released) first = Counts();
        Assert.True(first.Memory > 0);

        await Run();
        await Run();

        Assert.Equal(first, Counts());

        (int Memory, int Blocks, int Released) Counts() => (
            device.Handles[ClHandleKind.Memory], device.Handles[ClHandleKind.HostBlock], device.Context.MemoryGeneration);

        Task Run() => session.RunAsync(SmallModels.Inputs(session.InputMetadata), TestContext.Current.CancellationToken);
    }
}
