using System.Text.Json;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary>One model over several devices on the command line.</summary>
public sealed class StageCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Stages_are_one_json_document_with_the_bits_of_one_device()
    {
        string model = ChainModel.Write(folder.Path, layers: 12, width: 768);
        using var alone = JsonDocument.Parse(FlashMemProcess.Run(folder.Path, "run", model, "--json").Output);
        FlashMemProcess.Result run = FlashMemProcess.Run(
            folder.Path, "run", model, "--device", "host,host", "--budget", "5MiB", "--warmup", "1", "--iterations", "3",
            "--output", folder["out"], "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        using var document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement;
        Assert.Equal("flashmem.stages/1", root.GetProperty("schema").GetString());
        Assert.Equal(5 << 20, root.GetProperty("budgetBytes").GetInt64());
        JsonElement[] stages = [.. root.GetProperty("stages").EnumerateArray()];
        Assert.Equal(["host", "host"], stages.Select(stage => stage.GetProperty("device").GetString()));
        Assert.Equal(12, stages.Sum(stage => stage.GetProperty("kernels").GetInt32()));
        Assert.Equal(root.GetProperty("weightBytes").GetInt64(), stages.Sum(stage => stage.GetProperty("weightBytes").GetInt64()));
        Assert.All(stages, stage =>
        {
            Assert.InRange(stage.GetProperty("peakBytes").GetInt64(), 1, stage.GetProperty("plannedPeakBytes").GetInt64());
            Assert.InRange(stage.GetProperty("plannedPeakBytes").GetInt64(), 1, 5 << 20);
            Assert.True(stage.GetProperty("streamedBytes").GetInt64() > 0);
            Assert.True(stage.GetProperty("plannedRunMs").GetDouble() > 0);
            Assert.True(stage.GetProperty("togetherMs").GetDouble() > 0);
        });
        JsonElement crossing = Assert.Single(root.GetProperty("crossings").EnumerateArray());
        Assert.Equal((0, 1, 1, 4 * 768 * 4, "host"), (
            crossing.GetProperty("from").GetInt32(), crossing.GetProperty("to").GetInt32(), crossing.GetProperty("values").GetInt32(),
            crossing.GetProperty("bytes").GetInt32(), crossing.GetProperty("way").GetString()));
        JsonElement time = root.GetProperty("time");
        Assert.Equal("measured", time.GetProperty("clock").GetString());
        Assert.Equal(3, time.GetProperty("togetherRuns").GetInt32());
        Assert.False(time.GetProperty("latencyOfFirstRun").GetBoolean());
        Assert.True(time.GetProperty("latencyMs").GetDouble() > 0);
        Assert.True(time.GetProperty("runsPerSecond").GetDouble() > 0);
        Assert.Equal(Hash(alone.RootElement), Hash(root));
        Assert.Equal(["y.npy"], Directory.GetFiles(folder["out"]).Select(Path.GetFileName));
    }

    [Fact]
    public void A_table_for_people_has_a_line_per_stage_and_what_crosses()
    {
        string model = ChainModel.Write(folder.Path, layers: 6, width: 128);
        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "run", model, "--device", "host,host,host", "--iterations", "2");

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("chain in 3 stages", run.Output, StringComparison.Ordinal);
        Assert.Equal(3, run.Output.Split('\n').Count(line => line.StartsWith("  host ", StringComparison.Ordinal)));
        Assert.Contains("by host memory", run.Output, StringComparison.Ordinal);
        Assert.Contains("runs/s with all stages busy", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Phones_run_in_stages_in_simulated_time_and_repeat_byte_for_byte()
    {
        string Run()
        {
            FlashMemProcess.Result run = FlashMemProcess.Run(
                folder.Path, "run", "zoo:resnet50", "--device", "sim:oneplus-12,sim:oneplus-12", "--timing-only", "--budget", "32MiB",
                "--iterations", "4", "--json");
            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
            return run.Output;
        }

        string first = Run();
        Assert.Equal(first, Run());
        using var document = JsonDocument.Parse(first);
        Assert.Equal("composed", document.RootElement.GetProperty("time").GetProperty("clock").GetString());
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("processPeakRssBytes").ValueKind);
    }

    [Theory]
    [InlineData("--plan", "plan.json")]
    [InlineData("--trace", "trace.json")]
    [InlineData("--pin", "w*")]
    [InlineData("--latency-slack", "5%")]
    [InlineData("--order", "random")]
    public void What_belongs_to_one_device_is_refused_by_name(string option, string value)
    {
        string model = ChainModel.Write(folder.Path, layers: 2, width: 64);
        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "run", model, "--device", "host,host", option, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(option, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_is_refused_for_devices_of_several_kinds()
    {
        string model = ChainModel.Write(folder.Path, layers: 2, width: 64);
        FlashMemProcess.Result run = FlashMemProcess.Run(
            folder.Path, "run", model, "--device", "host,sim:oneplus-12", "--spec", "profile.json");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--spec is of one kind of device", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_models_and_several_devices_are_refused()
    {
        string model = ChainModel.Write(folder.Path, layers: 2, width: 64);
        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "run", model, model, "--device", "host,host");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--device host,host", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host,", 2)]
    [InlineData("host,gpu", 5)]
    [InlineData("host,sim:no-such-phone", 5)]
    public void A_device_that_is_not_there_ends_with_5_and_its_name(string devices, int code)
    {
        string model = ChainModel.Write(folder.Path, layers: 2, width: 64);
        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "run", model, "--device", devices);

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(devices.Split(',')[1], run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_below_a_stage_s_floor_ends_with_4_its_stage_and_device()
    {
        FlashMemProcess.Result run = FlashMemProcess.Run(
            folder.Path, "run", "zoo:resnet50", "--device", "sim:oneplus-12,sim:pixel-8", "--timing-only", "--budget", "3MiB");

        Assert.Equal(4, run.ExitCode);
        Assert.Contains("of 2 of resnet50", run.Errors, StringComparison.Ordinal);
        Assert.Contains("on sim:", run.Errors, StringComparison.Ordinal);
        Assert.Contains("the smallest that works for all stages is", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_compares_stages_with_the_whole_model_bit_by_bit()
    {
        string model = SmallModels.WriteConvNet(folder);
        FlashMemProcess.Result run = FlashMemProcess.Run(
            folder.Path, "verify", model, "--device", "host,host", "--budget", "2MiB", "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        using var document = JsonDocument.Parse(run.Output);
        Assert.Equal("host,host", document.RootElement.GetProperty("device").GetString());
        Assert.True(document.RootElement.GetProperty("passed").GetBoolean());
        Assert.Contains(
            document.RootElement.GetProperty("checks").EnumerateArray(),
            check => check.GetProperty("name").GetString() == "stages equal the whole model on one device");
    }

    [Fact]
    public void Verify_compares_different_devices_with_the_host()
    {
        string model = SmallModels.WriteConvNet(folder);
        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "verify", model, "--device", "sim:pixel-8,host", "--budget", "4MiB");

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("ok     agrees with host", run.Output, StringComparison.Ordinal);
    }

    private static string Hash(JsonElement report) => report.GetProperty("outputs")[0].GetProperty("sha256").GetString()!;
}
