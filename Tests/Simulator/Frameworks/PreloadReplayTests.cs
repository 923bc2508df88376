using System.Text;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Frameworks;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Frameworks;

/// <summary>Stages of frameworks that preload, and their files.</summary>
public sealed class PreloadReplayTests
{
    [Fact]
    public void Stages_follow_each_other_and_memory_is_their_mean()
    {
        FrameworkSpec framework = Framework(init: 1, load: 100, transform: 50, tuning: 2, factor: 3, kept: 1, process: 10);

        PreloadReplay replay = PreloadReplay.Of(framework, weightBytes: 100, activationBytes: 40, kernelsMs: 500);

        Assert.Equal((1000, 2000, 1000, 1500, 6500), (replay.LoadMs, replay.TransformMs, replay.TuningMs, replay.RunMs, replay.IntegratedMs));
        Assert.Equal(210, replay.PeakBytes);
        Assert.Equal(10 + (((50 * 1000) + (150 * 2000) + (120 * 2500)) / 6500.0), replay.MeanBytes, 9);
    }

    [Property]
    public void The_mean_lies_between_the_process_and_the_peak(ushort weights, ushort activations, byte kept)
    {
        FrameworkSpec framework = Framework(0.5, 1000, 300, 4, 2, kept / 255.0, 77);

        PreloadReplay replay = PreloadReplay.Of(framework, weights, activations, 12);

        Assert.InRange(replay.MeanBytes, 77, replay.PeakBytes + 1e-6);
    }

    [Fact]
    public void Every_framework_file_reads_and_sets_figures_that_devices_have()
    {
        Assert.Equal(["flashmem", "mnn", "smartmem"], FrameworkSpecs.Names);
        IReadOnlyList<string> keys = FlashMem.Simulator.Specs.SpecOverrides.Keys(FlashMem.Simulator.Specs.SimulatorPresets.Load("oneplus-12"));
        foreach (FrameworkSpec framework in FrameworkSpecs.Names.Select(FrameworkSpecs.Load))
        {
            Assert.Subset(keys.ToHashSet(), framework.Device.Keys.ToHashSet());
            Assert.NotEqual(framework.Preload is null, framework.BudgetShare is null);
        }
    }

    [Theory]
    [InlineData("""{ "schema": "flashmem.framework/2" }""", "flashmem.framework/2")]
    [InlineData("""{ "schema": "flashmem.framework/1", "name": "x", "description": "y", "colour": 1 }""", "colour")]
    [InlineData("[]", "not a JSON object")]
    public void A_wrong_file_is_refused_by_name(string text, string named)
    {
        var error = Assert.Throws<UsageException>(() => FrameworkSpecs.Read(Encoding.UTF8.GetBytes(text), "bad"));

        Assert.Contains("bad", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_framework_that_streams_has_no_stages() =>
        Assert.Throws<UsageException>(() => PreloadReplay.Of(FrameworkSpecs.Load("flashmem"), 1, 1, 1));

    private static FrameworkSpec Framework(
        double init, double load, double transform, double tuning, double factor, double kept, double process)
    {
        static Figure Value(double value) => new(value, "unit", FigureKind.Estimate, "test");
        return new FrameworkSpec
        {
            Name = "test",
            Description = "test",
            ActivationShare = Value(0.5),
            ProcessBytes = Value(process),
            Preload = new PreloadStages
            {
                Initialization = Value(init),
                LoadBandwidth = Value(load),
                TransformBandwidth = Value(transform),
                TuningRuns = Value(tuning),
                KernelFactor = Value(factor),
                UnifiedKept = Value(kept),
            },
        };
    }
}
