using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Tracing;
using FlashMem.Scheduling.Plans;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Runtime.Reports;

public sealed class TraceFiguresTests
{
    private static readonly string[] Arrivals = ["storage", "transfer"];

    [Fact]
    public void Busy_times_are_unions_and_stalls_are_waits_for_bytes()
    {
        TraceFigures figures = TraceFigures.Of(
            [
                Span(TraceLane.Storage, 0, 0, 0, 10),
                Span(TraceLane.Storage, 1, 0, 5, 20),
                Span(TraceLane.Compute, 0, 0, 10, 15, "storage"),
                Span(TraceLane.Compute, 0, 15, 30, 40, "compute"),
            ],
            Arrivals);
        Assert.Equal(20, figures.StorageBusy.Picoseconds);
        Assert.Equal(15, figures.ComputeBusy.Picoseconds);
        Assert.Equal(10, figures.Stall.Picoseconds);
        Assert.Equal(0.25, figures.Overlap);
        Assert.Equal(0, figures.FirstRead!.Value.Picoseconds);
    }

    [Fact]
    public void Overlap_is_of_transfers_where_there_are_any()
    {
        TraceFigures figures = TraceFigures.Of(
            [Span(TraceLane.Storage, 0, 0, 0, 10), Span(TraceLane.Transfer, 0, 0, 10, 20), Span(TraceLane.Compute, 0, 0, 10, 15)],
            Arrivals);
        Assert.Equal(0.5, figures.Overlap);
        Assert.Equal(10, figures.TransferBusy.Picoseconds);
    }

    [Fact]
    public void Nothing_moved_has_no_overlap()
    {
        TraceFigures figures = TraceFigures.Of([Span(TraceLane.Compute, 0, 0, 0, 15)], Arrivals);
        Assert.Null(figures.Overlap);
        Assert.Null(figures.FirstRead);
    }

    [Property(MaxTest = 40)]
    public async Task Bytes_in_use_never_pass_the_plan_and_end_where_a_run_may_start_again(int seed, byte share)
    {
        using var harness = new ExecutorHarness(seed, budgetShare: share / 255.0);
        var collector = new TraceCollector();
        harness.Device.Trace = collector;
        for (int run = 0; run < 2; run++)
        {
            await harness.RunAndCompareAsync(run);
            ResidencyTimeline timeline = ResidencyTimeline.Of(harness.Plan, harness.Model.Streamed, collector.Take(), zeroCopy: true, run == 0);
            long unified = 0;
            foreach (ResidencySample sample in timeline.Samples.Where(sample => sample.Tier == MemoryTier.Unified))
            {
                Assert.InRange(sample.Bytes, harness.Plan.ParametersBytes, harness.Plan.ParametersBytes + harness.Plan.UnifiedArenaBytes);
                unified = sample.Bytes;
            }

            long kept = harness.Plan.Retained.Sum(chunk => harness.Model.Layout.Chunks[chunk].SlotBytes);
            Assert.Equal(harness.Plan.ParametersBytes + kept, unified);
            Assert.InRange(timeline.MeanBytes!.Value, 1, harness.Plan.PeakBytes);
        }
    }

    [Property(MaxTest = 40)]
    public async Task With_a_texture_tier_every_tier_stays_within_the_plan(int seed, byte share, bool inKernel)
    {
        using var harness = new ExecutorHarness(
            seed, budgetShare: share / 255.0, zeroCopy: false, moveMode: inKernel ? MoveMode.InKernel : MoveMode.CopyQueue);
        var collector = new TraceCollector();
        harness.Device.Trace = collector;
        OverlapPlan plan = harness.Plan;
        for (int run = 0; run < 2; run++)
        {
            await harness.RunAndCompareAsync(run);
            ResidencyTimeline timeline = ResidencyTimeline.Of(
                plan, harness.Model.Streamed, collector.Take(), zeroCopy: false, run == 0);
            var last = new Dictionary<MemoryTier, long>();
            foreach (ResidencySample sample in timeline.Samples)
            {
                last[sample.Tier] = sample.Bytes;
                Assert.InRange(sample.Bytes, 0, sample.Tier switch
                {
                    MemoryTier.Unified => plan.UnifiedArenaBytes + plan.RowStagingBytes,
                    MemoryTier.Texture => plan.TextureArenaBytes,
                    _ => plan.ActivationBytes + plan.WorkspaceBytes + plan.ParametersBytes + plan.TableArenaBytes,
                });
            }

            long kept = plan.Retained.Where(chunk => !harness.Problem.Chunks[chunk].IsTable)
                .Sum(chunk => harness.Problem.Chunks[chunk].SlotBytes);
            Assert.Equal(kept, last[MemoryTier.Texture]);
            Assert.Equal(plan.RowStagingBytes, last[MemoryTier.Unified]);
            Assert.InRange(timeline.MeanBytes!.Value, 0, plan.PeakBytes);
        }
    }

    private static TraceEvent Span(TraceLane lane, int index, long ready, long start, long end, string? waitedFor = null) =>
        new(lane, index, $"{lane}", new DeviceTime(ready), new DeviceTime(start), new DeviceTime(end), 1, waitedFor);
}
