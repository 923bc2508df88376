using System.Text.Json;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary><c>--as-gpu</c>: a driver for processors becomes a device with staging, textures and moves; other devices are refused by name.</summary>
public sealed class AsGpuTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("run", "MODEL")]
    [InlineData("verify", "MODEL")]
    [InlineData("plan", "MODEL", "-o", "plan.json")]
    [InlineData("compare", "MODEL")]
    [InlineData("profile")]
    public void The_host_is_no_gpu(params string[] verb)
    {
        ChainModel.Write(folder.Path, layers: 1, width: 64);
        string[] arguments = [.. verb.Select(word => word == "MODEL" ? Path.Combine(folder.Path, "chain.onnx") : word)];

        AssertRefused("'host'", FlashMemProcess.Run(folder.Path, [.. arguments, "--device", "host", "--as-gpu"]));
    }

    [Fact]
    public void A_device_with_memory_of_its_own_is_refused_by_name()
    {
        string? gpu = Device(OpenClDeviceKind.Gpu);
        Assert.SkipWhen(gpu is null, "no OpenCL GPU");

        AssertRefused($"'{gpu}'", FlashMemProcess.Run(folder.Path, "profile", "--device", gpu, "--as-gpu"));
    }

    [Fact]
    public void Weights_move_to_textures_only_as_a_gpu()
    {
        string device = Processors();
        string model = ChainModel.Write(folder.Path, layers: 6, width: 512);

        Assert.False(MovesToTextures("run", model, "--device", device, "--json"));
        Assert.True(MovesToTextures("run", model, "--device", device, "--as-gpu", "--json"));
    }

    [Fact]
    public void A_plan_made_as_a_gpu_runs_as_one_and_on_nothing_else()
    {
        string device = Processors();
        string model = ChainModel.Write(folder.Path, layers: 6, width: 512);
        string plan = Path.Combine(folder.Path, "plan.json");
        string[] asGpu = ["--device", device, "--as-gpu"];
        FlashMemProcess.Result planned = FlashMemProcess.Run(folder.Path, ["plan", model, "--budget", "6MiB", "-o", plan, .. asGpu]);
        Assert.Equal((0, ""), (planned.ExitCode, planned.Errors));

        Assert.True(MovesToTextures(["run", model, "--plan", plan, "--json", .. asGpu]));
        Assert.NotEqual(0, FlashMemProcess.Run(folder.Path, "run", model, "--plan", plan, "--device", device).ExitCode);
    }

    private static string Processors()
    {
        string? device = Device(OpenClDeviceKind.Cpu);
        Assert.SkipWhen(device is null, "no OpenCL driver for processors");
        return device;
    }

    private static string? Device(OpenClDeviceKind kind) =>
        OpenClPlatforms.List().Devices.FirstOrDefault(device => device.Kind == kind)?.CommandLineName;

    private static void AssertRefused(string name, FlashMemProcess.Result result)
    {
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--as-gpu", result.Errors, StringComparison.Ordinal);
        Assert.Contains(name, result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.Trim().Split('\n'));
    }

    private bool MovesToTextures(params string[] arguments)
    {
        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, arguments);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        using var document = JsonDocument.Parse(run.Output);
        JsonElement texture = document.RootElement.GetProperty("memory").GetProperty("peakByTier").GetProperty("texture");
        return texture.ValueKind == JsonValueKind.Number && texture.GetInt64() > 0;
    }
}
