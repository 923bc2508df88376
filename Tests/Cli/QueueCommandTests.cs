using System.Text.Json;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary>Several models on the command line.</summary>
public sealed class QueueCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_queue_is_one_json_document_with_one_entry_per_request_and_the_bits_of_each_model_alone()
    {
        string[] models = [ChainModel.Write(folder.Path, layers: 6, width: 256), SmallModels.WriteConvNet(folder)];
        FlashMemProcess.Result run = FlashMemProcess.Run(
            folder.Path, "run", models[0], models[1], models[0], "--budget", "4MiB", "--iterations", "2", "--output", folder["out"],
            "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        using var document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement;
        Assert.Equal("flashmem.queue/1", root.GetProperty("schema").GetString());
        Assert.Equal("tail", root.GetProperty("handover").GetString());
        JsonElement[] requests = [.. root.GetProperty("requests").EnumerateArray()];
        Assert.Equal(6, requests.Length);
        Assert.Equal([0, 1, 2, 3, 4, 5], requests.Select(request => request.GetProperty("index").GetInt32()));
        long peak = root.GetProperty("memory").GetProperty("allocated").GetProperty("peakBytes").GetInt64();
        Assert.InRange(peak, 1, 4 << 20);
        Assert.Equal(peak, root.GetProperty("memory").GetProperty("planned").GetProperty("peakBytes").GetInt64());
        string[] alone = [.. models.Select(Hash)];
        Assert.Equal([alone[0], alone[1], alone[0], alone[0], alone[1], alone[0]], requests.Select(HashOf));
        Assert.Equal(6, Directory.GetDirectories(folder["out"]).Length);
    }

    [Fact]
    public void Line_five_of_the_planner_runs_in_simulated_time_and_repeats_byte_for_byte()
    {
        string Run(string order)
        {
            FlashMemProcess.Result run = FlashMemProcess.Run(
                folder.Path, "run", "zoo:vit-base", "zoo:resnet50", "--device", "sim:oneplus-12", "--timing-only", "--budget", "100MB",
                "--iterations", "3", "--order", order, "--seed", "4", "--json", "--trace", folder["trace.json"]);
            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
            return run.Output;
        }

        string random = Run("random");
        Assert.Equal(random, Run("random"));
        Assert.NotEqual(random, Run("fifo"));
        Assert.Contains("requests", File.ReadAllText(folder["trace.json"]), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path, "*.data", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_table_for_people_has_a_line_per_request()
    {
        string model = ChainModel.Write(folder.Path, layers: 4, width: 128);
        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "run", model, model, "--budget", "4MiB", "--handover", "none");

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("2 requests to 1 models on host", run.Output, StringComparison.Ordinal);
        Assert.Contains("measured peak", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_below_the_floor_of_one_model_ends_with_4_and_its_name()
    {
        FlashMemProcess.Result run = FlashMemProcess.Run(
            folder.Path, "run", "zoo:resnet50", "zoo:gptneo-1.3b", "--device", "sim:oneplus-12", "--timing-only", "--budget", "20MB");

        Assert.Equal(4, run.ExitCode);
        Assert.Contains("gptneo-1.3b", run.Errors, StringComparison.Ordinal);
        Assert.Contains("the smallest that works is", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("resnet50", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--plan", "plan.json")]
    [InlineData("--warmup", "1")]
    [InlineData("--input", "x=x.npy")]
    [InlineData("--pin", "w*")]
    [InlineData("--policy", "mnn")]
    [InlineData("--host-weights", "true")]
    public void What_belongs_to_one_model_is_refused(string option, string value)
    {
        string model = ChainModel.Write(folder.Path, layers: 2, width: 64);
        FlashMemProcess.Result run = FlashMemProcess.Run(
            folder.Path, "run", model, model, "--device", "sim:oneplus-12", "--budget", "4MiB", option, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(option.TrimStart('-'), run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_order_is_refused_with_the_known_ones()
    {
        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "run", "a.onnx", "b.onnx", "--order", "backwards");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("backwards", run.Errors, StringComparison.Ordinal);
        Assert.Contains("fifo", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--order", "random")]
    [InlineData("--handover", "none")]
    public void What_belongs_to_several_models_is_refused_for_one(string option, string value)
    {
        string model = ChainModel.Write(folder.Path, layers: 2, width: 64);
        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "run", model, option, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(option, run.Errors, StringComparison.Ordinal);
    }

    private string Hash(string model)
    {
        using var document = JsonDocument.Parse(FlashMemProcess.Run(folder.Path, "run", model, "--json").Output);
        return HashOf(document.RootElement);
    }

    private static string HashOf(JsonElement report) => report.GetProperty("outputs")[0].GetProperty("sha256").GetString()!;
}
