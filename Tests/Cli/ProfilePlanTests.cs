using System.Text.Json;
using FlashMem.Abstractions.Devices;
using FlashMem.Backends.Host;
using FlashMem.Runtime.Profiling;
using FlashMem.Runtime.Sessions;
using FlashMem.Tests.Simulator.Twin;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary>A profile with kernel times as <c>--spec</c> and as a twin.</summary>
public sealed class ProfilePlanTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_plan_follows_the_kernel_times_of_its_profile_and_says_how_many_were_measured()
    {
        string model = ChainModel.Write(folder.Path, layers: 8, width: 1024);
        string profile = await WriteProfileAsync(model);
        string[] plan = ["plan", model, "--budget", "8MiB"];

        FlashMemProcess.Result host = Run([.. plan, "--device", "host", "--spec", profile, "-o", folder["host.json"]]);
        FlashMemProcess.Result twin = Run([.. plan, "--device", $"sim:{profile}", "--timing-only", "-o", folder["twin.json"]]);
        FlashMemProcess.Result builtIn = Run([.. plan, "--device", "host", "-o", folder["built-in.json"]]);

        Assert.Equal((0, 0, 0), (host.ExitCode, twin.ExitCode, builtIn.ExitCode));
        Assert.Contains("kernel times", host.Output, StringComparison.Ordinal);
        Assert.Contains(" 0 estimated", host.Output, StringComparison.Ordinal);
        Assert.Contains("kernel times", twin.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("kernel times", builtIn.Output, StringComparison.Ordinal);
        Assert.Equal(Of(folder["host.json"], "steps"), Of(folder["twin.json"], "steps"));
        Assert.Equal(Of(folder["host.json"], "deviceSpecHash"), Of(folder["twin.json"], "deviceSpecHash"));

        FlashMemProcess.Result run = Run(
            "run", model, "--device", $"sim:{profile}", "--timing-only", "--plan", folder["host.json"], "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        FlashMemProcess.Result told = Run("run", model, "--budget", "8MiB", "--spec", profile, "--verbose");
        Assert.Equal(0, told.ExitCode);
        Assert.Contains("planned with kernel times: ", told.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_runs_one_plan_on_a_device_and_on_its_twin()
    {
        string model = ChainModel.Write(folder.Path, layers: 8, width: 1024);
        string profile = await WriteProfileAsync(model);

        FlashMemProcess.Result compare = Run(
            "compare", model, "--device", $"host,sim:{profile}", "--policy", "overlap", "--budget", "8MiB", "--iterations", "1",
            "--json", folder["compare.json"]);

        Assert.Equal((0, ""), (compare.ExitCode, compare.Errors));
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(folder["compare.json"]));
        JsonElement prediction = Assert.Single(document.RootElement.GetProperty("predictions").EnumerateArray());
        Assert.True(prediction.GetProperty("simulatedMs").GetDouble() > 0);
        Assert.Contains(" 0 estimated", prediction.GetProperty("kernelTimes").GetString(), StringComparison.Ordinal);
    }

    /// <summary>The host's figures with invented times of the model's kernels.</summary>
    private async Task<string> WriteProfileAsync(string model)
    {
        await using HostDevice host = HostDevice.Open(new HostDeviceOptions());
        SessionOptions defaults = new();
        using LocatedModel located = ModelLocator.LocateGraph(model, defaults.WeightType, host.Capabilities, defaults.ChunkBytes);
        static Figure Figure(double value, string unit) => new(value, unit, FigureKind.Measured, "invented for tests");
        var profile = new DeviceProfile
        {
            Device = "host",
            Spec = host.Spec,
            CachedStorageBandwidth = Figure(5e9, "B/s"),
            LoadCapacities = [],
            MoveMode = null,
            Twin = MadeUpTwins.Figures(host.Capabilities, MadeUpTwins.Kernels(located.Graph)),
        };
        string file = folder["host.profile.json"];
        using FileStream stream = File.Create(file);
        DeviceProfileJson.Write(stream, profile);
        return file;
    }

    private static string Of(string plan, string property)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(plan));
        return document.RootElement.GetProperty(property).ToString();
    }

    private FlashMemProcess.Result Run(params string[] arguments) => FlashMemProcess.Run(folder.Path, arguments);
}
