using System.Text.Json;
using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Reports;
using Xunit;

namespace FlashMem.Tests.Runtime.Reports;

public sealed class RunReportTests
{
    [Fact]
    public void The_json_has_every_field_of_the_schema_in_its_order()
    {
        using var stream = new MemoryStream();
        RunReportJson.Write(stream, Report(12.5, mean: 100));
        using JsonDocument json = JsonDocument.Parse(stream.ToArray());
        JsonElement root = json.RootElement;
        Assert.Equal(
            "schema version model device policy weights activations budgetBytes weightBytes preloadedBytes pinnedBytes streamedBytes plan memory time bound "
            + "outputs",
            Names(root));
        Assert.Equal("solver status objective bound gap solveMs chunkBytes hash", Names(root.GetProperty("plan")));
        Assert.Equal(
            "plannedPeakBytes peakBytes meanBytes peakByTier processPeakRssBytes processAnonymousRssBytes processFileRssBytes "
            + "lockedFileBytes",
            Names(root.GetProperty("memory")));
        Assert.Equal("unified texture activation", Names(root.GetProperty("memory").GetProperty("peakByTier")));
        Assert.Equal(
            "openDeviceMs importMs compileMs planMs firstRunMs runs medianMs integratedMs storageBusyMs transferBusyMs computeBusyMs "
            + "stallMs overlap",
            Names(root.GetProperty("time")));
        Assert.Equal("storageMs transferMs computeMs lowerBoundMs ratioToBound", Names(root.GetProperty("bound")));
        Assert.Equal("name shape sha256", Names(root.GetProperty("outputs")[0]));
        Assert.Equal("flashmem.run/1", root.GetProperty("schema").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("memory").GetProperty("peakByTier").GetProperty("texture").ValueKind);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("time").GetProperty("transferBusyMs").ValueKind);
        Assert.Equal(1.25, root.GetProperty("bound").GetProperty("ratioToBound").GetDouble());
    }

    [Fact]
    public void Several_runs_combine_to_their_median_and_mean()
    {
        RunReport combined = RunReport.Combine([Report(40, 100), Report(10, 200), Report(20, 300)]);
        Assert.Equal([40.0, 10.0, 20.0], combined.Time.RunsMs);
        Assert.Equal(20, combined.Time.MedianMs);
        Assert.Equal(20 / 2.0, combined.Time.StorageBusyMs);
        Assert.Equal(2, combined.Bound.RatioToBound);
        Assert.Equal(((40 * 100) + (10 * 200) + (20 * 300)) / 70, combined.Memory.MeanBytes);
    }

    [Theory]
    [InlineData(new[] { 3.0 }, 3.0)]
    [InlineData(new[] { 3.0, 1.0 }, 2.0)]
    [InlineData(new[] { 9.0, 1.0, 4.0 }, 4.0)]
    public void The_median_is_the_middle(double[] values, double median) => Assert.Equal(median, RunReport.Median(values));

    private static string Names(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(member => member.Name));

    private static RunReport Report(double runMs, long mean) => new()
    {
        Version = "0.1.0",
        Model = "m",
        Device = "host",
        Policy = "overlap",
        Weights = "fp16",
        Activations = "fp32",
        BudgetBytes = 1000,
        WeightBytes = 2000,
        PreloadedBytes = 10,
        StreamedBytes = 1990,
        Plan = new PlanFigures("greedy", "feasible", 1, null, null, 2, 4096, "00"),
        Memory = new MemoryFigures(900, 900, mean, 600, null, 300, new ProcessMemory(5000, 4000, 3000, 1000)),
        Time = new TimeFigures
        {
            Preparation = new PreparationFigures(null, null, null, 1),
            FirstRunMs = 50,
            RunsMs = [runMs],
            MedianMs = runMs,
            IntegratedMs = 49,
            StorageBusyMs = runMs / 2,
            TransferBusyMs = null,
            ComputeBusyMs = runMs,
            StallMs = 0,
            Overlap = 0.5,
        },
        Bound = new BoundFigures(10, null, 5, 10, runMs / 10),
        Outputs = [new OutputFigures("y", new Shape(1, 10), null)],
    };
}
