using FlashMem.Backends.OpenCL.Device;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary><c>profile --tune</c>: kernels are tuned once, and every later run says that it uses the result.</summary>
public sealed class TuneTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_device_without_tiles_is_refused_by_name()
    {
        string model = ChainModel.Write(folder.Path, layers: 1, width: 64);

        FlashMemProcess.Result result = FlashMemProcess.Run(folder.Path, "profile", "--device", "host", "--tune", model);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("'host' has nothing to tune", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_tuned_is_used_by_runs_and_kept_by_the_next_call()
    {
        string? device = OpenClPlatforms.List().Devices.FirstOrDefault(device => device.Kind == OpenClDeviceKind.Cpu)?.CommandLineName;
        Assert.SkipWhen(device is null, "no OpenCL driver for processors");
        string model = ChainModel.Write(folder.Path, layers: 3, width: 64);
        string[] tune = ["profile", "--device", device, "--tune", model];

        Assert.DoesNotContain("tuned", Run("run", model, "--device", device), StringComparison.Ordinal);
        Assert.Contains("2 of  2 tried", Run(tune), StringComparison.Ordinal);
        Assert.Contains("2 of  2 kept", Run(tune), StringComparison.Ordinal);
        string run = Run("run", model, "--device", device);
        Assert.Contains("0 compiled", run, StringComparison.Ordinal);
        Assert.Contains("3 kernels with tuned tiles", run, StringComparison.Ordinal);
    }

    private string Run(params string[] arguments)
    {
        FlashMemProcess.Result result = FlashMemProcess.Run(folder.Path, arguments);
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        return result.Output;
    }
}
