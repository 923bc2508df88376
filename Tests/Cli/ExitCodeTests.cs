using System.Text.RegularExpressions;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary>What scripts rely on: exit codes, one clear line on standard error, JSON on standard output.</summary>
public sealed partial class ExitCodeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_ends_with_0_and_one_json_document()
    {
        string model = ChainModel.Write(folder.Path, layers: 6, width: 512);

        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "run", model, "--budget", "5MiB", "--iterations", "2", "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        using var document = System.Text.Json.JsonDocument.Parse(run.Output);
        Assert.Equal("flashmem.run/1", document.RootElement.GetProperty("schema").GetString());
        Assert.Equal(5 << 20, document.RootElement.GetProperty("budgetBytes").GetInt64());
        Assert.Equal(2, document.RootElement.GetProperty("time").GetProperty("runs").GetArrayLength());
        Assert.InRange(document.RootElement.GetProperty("memory").GetProperty("peakBytes").GetInt64(), 1, 5 << 20);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run", "model.onnx", "--budget", "lots")]
    [InlineData("run", "model.onnx", "--no-such-option")]
    [InlineData("dance")]
    public void Wrong_usage_ends_with_2(params string[] arguments) => AssertRefused(2, FlashMemProcess.Run(folder.Path, arguments));

    [Fact]
    public void A_model_that_is_not_one_ends_with_3_and_leaves_nothing()
    {
        string model = Path.Combine(folder.Path, "noise.onnx");
        File.WriteAllBytes(model, [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 131))]);

        AssertRefused(3, FlashMemProcess.Run(folder.Path, "run", model));
        Assert.Equal([model], Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Cuda_where_there_is_none_ends_with_5_and_the_drivers_reason()
    {
        string? absence = FlashMem.Backends.ILGPU.Device.IlgpuPlatforms.List(FlashMem.Backends.ILGPU.Device.IlgpuDeviceKind.Cuda).Absence;
        Assert.SkipWhen(absence is null, "an NVIDIA GPU is here");

        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "run", "zoo:resnet50", "--device", "ilgpu:cuda");

        AssertRefused(5, run);
        Assert.Contains(absence!, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unsupported_operator_is_named_with_its_node()
    {
        string model = Path.Combine(folder.Path, "odd.onnx");
        File.WriteAllBytes(model, new OnnxBuilder()
            .Input("x", FlashMem.Abstractions.Tensors.ElementType.Float32, 2, 2)
            .Node("NonMaxSuppression", ["x"], ["y"])
            .Output("y", FlashMem.Abstractions.Tensors.ElementType.Float32, 2, 2)
            .Build());

        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "run", model);

        AssertRefused(3, run);
        Assert.Contains("NonMaxSuppression", run.Errors);
        Assert.Contains("NonMaxSuppression_node", run.Errors);
    }

    [Fact]
    public void A_budget_that_cannot_work_ends_with_4_and_names_one_that_does()
    {
        string model = ChainModel.Write(folder.Path, layers: 3, width: 512);

        FlashMemProcess.Result refused = FlashMemProcess.Run(folder.Path, "run", model, "--budget", "64KiB");

        AssertRefused(4, refused);
        Assert.Equal([model], Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories));
        string smallest = SmallestBytes().Match(refused.Errors).Groups["bytes"].Value;
        Assert.Equal(0, FlashMemProcess.Run(folder.Path, "run", model, "--budget", smallest).ExitCode);
        long less = long.Parse(smallest, System.Globalization.CultureInfo.InvariantCulture) - 1;
        AssertRefused(4, FlashMemProcess.Run(folder.Path, "run", model, "--budget", $"{less}"));
    }

    [Fact]
    public void A_device_that_is_not_there_ends_with_5() =>
        AssertRefused(5, FlashMemProcess.Run(folder.Path, "run", ChainModel.Write(folder.Path, 1, 64), "--device", "opencl:99"));

    [Fact]
    public void A_plan_file_runs_without_a_planner_and_only_for_its_model()
    {
        string model = ChainModel.Write(folder.Path, layers: 6, width: 512);
        string plan = Path.Combine(folder.Path, "plan.json");
        Assert.Equal(0, FlashMemProcess.Run(folder.Path, "plan", model, "--budget", "5MiB", "-o", plan).ExitCode);

        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "run", model, "--plan", plan, "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        using var document = System.Text.Json.JsonDocument.Parse(run.Output);
        System.Text.Json.JsonElement time = document.RootElement.GetProperty("time");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, time.GetProperty("importMs").ValueKind);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, time.GetProperty("planMs").ValueKind);

        string other = Path.Combine(folder.Path, "other.onnx");
        File.WriteAllBytes(other, ChainModel.Build(layers: 2, width: 512));
        FlashMemProcess.Result refused = FlashMemProcess.Run(folder.Path, "run", other, "--plan", plan);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Single(refused.Errors.Trim().Split('\n'));
    }

    [Fact]
    public void Verify_passes_for_a_sound_model()
    {
        string model = ChainModel.Write(folder.Path, layers: 8, width: 512);

        FlashMemProcess.Result verify = FlashMemProcess.Run(folder.Path, "verify", model, "--budget", "5MiB");

        Assert.Equal((0, ""), (verify.ExitCode, verify.Errors));
        Assert.DoesNotContain("FAILED", verify.Output);
    }

    private static void AssertRefused(int exitCode, FlashMemProcess.Result result)
    {
        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith("flashmem: ", result.Errors);
        Assert.Single(result.Errors.Trim().Split('\n'));
        Assert.DoesNotContain("   at ", result.Errors);
    }

    [GeneratedRegex(@"smallest that works is [\d.]+ \w+ \((?<bytes>\d+) bytes\)")]
    private static partial Regex SmallestBytes();
}
