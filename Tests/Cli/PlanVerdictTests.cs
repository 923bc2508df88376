using System.Text.Json;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary>What <c>plan</c> says beside the plan: the verdict, the objective, and the memory-latency curve.</summary>
public sealed class PlanVerdictTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public PlanVerdictTests() => model = ChainModel.Write(folder.Path, layers: 8, width: 1024);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_plan_comes_with_its_verdict_as_text_and_as_json()
    {
        FlashMemProcess.Result text = Run("plan", model, "--budget", "8MiB", "-o", folder["plan.json"]);
        Assert.Equal((0, ""), (text.ExitCode, text.Errors));
        Assert.Contains("verdict", text.Output, StringComparison.Ordinal);
        Assert.Contains("breaks even", text.Output, StringComparison.Ordinal);

        JsonElement json = Json(Run("plan", model, "--budget", "8MiB", "-o", folder["plan.json"], "--json"));
        Assert.Equal("flashmem.verdict/1", json.GetProperty("schema").GetString());
        Assert.Equal(8 << 20, json.GetProperty("budgetBytes").GetInt64());
        Assert.True(json.GetProperty("runMs").GetDouble() >= json.GetProperty("residentMs").GetDouble());
        JsonProperty[] unplanned = [.. json.GetProperty("unplannedMs").EnumerateObject()];
        Assert.Equal(["demand", "next", "same-op"], unplanned.Select(member => member.Name));
        double even = json.GetProperty("runMs").GetDouble() * 1.01;
        string names = string.Join(", ", unplanned.Where(member => member.Value.GetDouble() <= even).Select(member => member.Name));
        Assert.Equal(names.Length > 0, text.Output.Contains($"planning gains nothing over {names}", StringComparison.Ordinal));
    }

    [Fact]
    public void The_curve_goes_from_the_smallest_budget_to_everything_and_is_drawn()
    {
        string picture = folder["curve.svg"];
        FlashMemProcess.Result drawn = Run("plan", model, "--pareto", "--points", "5", "--json", folder["curve.json"], "-o", picture);
        Assert.Equal((0, ""), (drawn.ExitCode, drawn.Errors));
        Assert.Contains("<polyline", File.ReadAllText(picture), StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(folder["curve.json"]));
        Assert.Equal("flashmem.pareto/1", document.RootElement.GetProperty("schema").GetString());
        JsonElement[] points = [.. document.RootElement.GetProperty("points").EnumerateArray()];
        Assert.Equal(5, points.Length);
        Assert.All(points, point => Assert.True(
            point.GetProperty("peakBytes").GetInt64() <= point.GetProperty("budgetBytes").GetInt64()));
        Assert.Equal(document.RootElement.GetProperty("residentMs").GetDouble(), points[^1].GetProperty("runMs").GetDouble(), 1e-5);
        Assert.True(points[0].GetProperty("runMs").GetDouble() > points[^1].GetProperty("runMs").GetDouble());
    }

    [Fact]
    public void Least_memory_is_an_objective_that_the_plan_states_and_runs_keep()
    {
        string file = folder["least.json"];
        FlashMemProcess.Result made = Run("plan", model, "--latency-slack", "20%", "-o", file);
        Assert.Equal((0, ""), (made.ExitCode, made.Errors));
        Assert.Contains("mean memory", made.Output, StringComparison.Ordinal);
        using JsonDocument plan = JsonDocument.Parse(File.ReadAllText(file));
        Assert.Equal(0.2, plan.RootElement.GetProperty("latencySlack").GetDouble());
        JsonElement report = Json(Run("run", model, "--plan", file, "--json"));
        Assert.Equal(
            plan.RootElement.GetProperty("predictedPeakBytes").GetInt64(),
            report.GetProperty("memory").GetProperty("plannedPeakBytes").GetInt64());
    }

    [Theory]
    [InlineData("--output", "plan", "--budget", "8MiB")]
    [InlineData("--budget", "plan", "--pareto", "--budget", "8MiB")]
    [InlineData("--points", "plan", "--pareto", "--points", "1")]
    [InlineData("no share", "run", "--latency-slack", "much")]
    [InlineData("policy demand", "run", "--policy", "demand", "--budget", "8MiB", "--latency-slack", "5%")]
    [InlineData("--plan", "run", "--plan", "x.json", "--latency-slack", "5%")]
    public void What_cannot_be_is_refused(string named, string verb, params string[] arguments)
    {
        FlashMemProcess.Result result = Run([verb, model, .. arguments]);
        Assert.Equal((2, true), (result.ExitCode, result.Errors.Contains(named, StringComparison.Ordinal)));
    }

    private FlashMemProcess.Result Run(params string[] arguments) => FlashMemProcess.Run(folder.Path, arguments);

    private static JsonElement Json(FlashMemProcess.Result result)
    {
        Assert.True(result.ExitCode == 0, result.Errors);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }
}
