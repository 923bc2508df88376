using System.Text.Json;
using FlashMem.Cli.Policies;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary>Pinned weights, frameworks as policies, and faults on the command line.</summary>
public sealed class PolicyAndPinTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public PolicyAndPinTests() => model = ChainModel.Write(folder.Path, layers: 6, width: 512);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Pinned_weights_are_part_of_plan_and_report_and_change_no_bit()
    {
        FlashMemProcess.Result verify = Run("verify", model, "--pin", "op:MatMul", "--budget", "8MiB");
        Assert.Equal((0, ""), (verify.ExitCode, verify.Errors));

        string plan = folder["pinned.plan.json"];
        FlashMemProcess.Result made = Run("plan", model, "--pin", "op:MatMul", "--budget", "8MiB", "-o", plan);
        Assert.Contains("6 weights", made.Output, StringComparison.Ordinal);
        JsonElement report = Json(Run("run", model, "--plan", plan, "--json"));
        Assert.Equal(6 * 512 * 512 * 2, report.GetProperty("pinnedBytes").GetInt64());
        Assert.Equal(JsonValueKind.Null, Json(Run("run", model, "--budget", "8MiB", "--json")).GetProperty("pinnedBytes").ValueKind);
    }

    [Theory]
    [InlineData(4, "pinned weights", "run", "--budget", "2MiB", "--pin", "op:MatMul")]
    [InlineData(2, "matches no weight", "run", "--budget", "2MiB", "--pin", "nothing*")]
    [InlineData(2, "--plan", "run", "--plan", "x.json", "--pin", "op:MatMul")]
    [InlineData(2, "'host' is none", "run", "--policy", "mnn")]
    [InlineData(2, "'host' is none", "compare", "--device", "sim:oneplus-12,host", "--policy", "overlap,smartmem")]
    [InlineData(2, "follows no plan", "plan", "--device", "sim:oneplus-12", "--policy", "mnn", "-o", "x.json")]
    [InlineData(2, "follows no plan", "verify", "--device", "sim:oneplus-12", "--policy", "mnn")]
    [InlineData(2, "follows no plan", "run", "--device", "sim:oneplus-12", "--policy", "mnn", "--trace", "x.json")]
    [InlineData(2, "unknown policy 'ncnn'", "run", "--policy", "ncnn")]
    [InlineData(4, "smallest", "run", "--device", "sim:oneplus-12", "--policy", "mnn", "--budget", "4MiB")]
    [InlineData(2, "--fault", "run", "--fault", "jitter=0.1")]
    [InlineData(2, "storageSlowdown", "run", "--device", "sim:oneplus-12", "--fault", "storageSlow=2")]
    [InlineData(1, "storage failed to read", "run", "--device", "sim:oneplus-12", "--fault", "failingRead=2")]
    [InlineData(1, "storage stalled", "run", "--device", "sim:oneplus-12", "--fault", "stalledRead=2")]
    [InlineData(5, "cannot allocate", "run", "--device", "sim:oneplus-12", "--fault", "memory=1MiB")]
    public void What_cannot_be_is_refused(int exitCode, string named, string verb, params string[] arguments)
    {
        FlashMemProcess.Result result = Run([verb, model, .. arguments]);

        Assert.Equal((exitCode, true), (result.ExitCode, result.Errors.Contains(named, StringComparison.Ordinal)));
    }

    [Fact]
    public void Frameworks_are_policies_of_simulated_devices()
    {
        Assert.Equal(["overlap", "preload", "demand", "next", "same-op", "mnn", "smartmem"], PolicyChoice.Names);
        string[] Command(string policy, params string[] more) =>
            ["run", model, "--device", "sim:oneplus-12", "--timing-only", "--policy", policy, "--json", .. more];
        JsonElement preload = Json(Run(Command("preload", "--warmup", "1"))).GetProperty("time");
        JsonElement first = Json(Run(Command("mnn")));
        JsonElement repeated = Json(Run(Command("mnn", "--warmup", "1"))).GetProperty("time");

        Assert.Equal("mnn", first.GetProperty("policy").GetString());
        Assert.True(first.GetProperty("time").GetProperty("medianMs").GetDouble() > 600);
        Assert.Equal(3.1 * preload.GetProperty("medianMs").GetDouble(), repeated.GetProperty("medianMs").GetDouble(), 4);
        Assert.Equal(
            first.GetProperty("time").GetProperty("integratedMs").GetDouble(), repeated.GetProperty("integratedMs").GetDouble(), 6);
        Assert.Equal(2 * first.GetProperty("weightBytes").GetInt64(), first.GetProperty("memory").GetProperty("peakBytes").GetInt64());
    }

    [Fact]
    public void Jitter_and_slow_storage_lengthen_runs_the_same_way_every_time()
    {
        double Median(params string[] faults)
        {
            string[] options = [.. faults.SelectMany(fault => (string[])["--fault", fault])];
            return Json(Run(["run", model, "--device", "sim:oneplus-12", "--timing-only", "--budget", "2MiB", "--json", .. options]))
                .GetProperty("time").GetProperty("medianMs").GetDouble();
        }

        double plain = Median();
        double jittered = Median("jitter=0.5", "seed=3");
        Assert.True(jittered > plain);
        Assert.Equal(jittered, Median("seed=3", "jitter=0.5"));
        Assert.NotEqual(jittered, Median("jitter=0.5", "seed=4"));
        Assert.True(Median("storageSlowdown=4") > 1.5 * plain);
    }

    private FlashMemProcess.Result Run(params string[] arguments) => FlashMemProcess.Run(folder.Path, arguments);

    private static JsonElement Json(FlashMemProcess.Result result)
    {
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
