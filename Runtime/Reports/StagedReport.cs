using System.Collections.Immutable;
using FlashMem.Runtime.Memory;

namespace FlashMem.Runtime.Reports;

/// <summary>How runs of a model cut over several devices went. Times are milliseconds of the session's clock. Immutable.</summary>
public sealed record StagedReport
{
    /// <summary>Name and version of the JSON form.</summary>
    public const string Schema = "flashmem.stages/1";

    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    public required string Model { get; init; }

    /// <summary>Policy of the plans, as on the command line.</summary>
    public required string Policy { get; init; }

    /// <summary>Element type of streamed weights: fp16 or fp32.</summary>
    public required string Weights { get; init; }

    /// <summary>Element type of floating-point activations: fp16 or fp32.</summary>
    public required string Activations { get; init; }

    /// <summary>Of every device; null when everything is preloaded without a limit.</summary>
    public required long? BudgetBytes { get; init; }

    /// <summary>Payload bytes of all weights; one that two stages share counts once.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>True where a device is simulated: time is then composed of the stages' own clocks.</summary>
    public required bool IsComposedTime { get; init; }

    public required ImmutableArray<StageFigures> Stages { get; init; }

    /// <summary>What goes from stage to stage in every run, in order.</summary>
    public required ImmutableArray<CrossingFigures> Crossings { get; init; }

    public required StagedTimes Time { get; init; }

    /// <summary>Physical memory of the process; null when all devices are simulated.</summary>
    public required ProcessMemory? Process { get; init; }

    public required ImmutableArray<OutputFigures> Outputs { get; init; }
}

/// <summary>One stage.</summary>
public sealed record StageFigures
{
    public required string Device { get; init; }

    /// <summary>Index of its first kernel in the whole model.</summary>
    public required int FirstKernel { get; init; }

    /// <summary>How many kernels it has.</summary>
    public required int Kernels { get; init; }

    /// <summary>Payload bytes of its weights, embeddings included.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Of these: what stays resident between runs.</summary>
    public required long PreloadedBytes { get; init; }

    /// <summary>Weight bytes that every repeated run reads from storage.</summary>
    public required long StreamedBytes { get; init; }

    /// <summary>What its plan takes.</summary>
    public required long PlannedPeakBytes { get; init; }

    /// <summary>Most that was allocated through the budget.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>The estimate by which the cuts were chosen: no run of the stage is shorter if nothing ever waits.</summary>
    public required double EstimatedMs { get; init; }

    /// <summary>A first run, as its plan predicts it.</summary>
    public required double PlannedFirstRunMs { get; init; }

    /// <summary>A repeated run, as its plan predicts it.</summary>
    public required double PlannedRunMs { get; init; }

    /// <summary>Its time in the run that had all stages to itself.</summary>
    public required double AloneMs { get; init; }

    /// <summary>Median of its times in the runs in flight together; null without such.</summary>
    public required double? TogetherMs { get; init; }

    /// <summary>
    /// Median over the same runs, else of the run alone, of the time during which the next kernel waited. Null without a trace.
    /// </summary>
    public required double? StallMs { get; init; }

    /// <summary>Of its weights in the host's memory, which no budget counts; null where they are read.</summary>
    public required long? LockedFileBytes { get; init; }
}

/// <summary>What one stage hands to another in every run.</summary>
/// <param name="From">Stage, from 0.</param>
/// <param name="To">A later stage.</param>
/// <param name="Values">How many values.</param>
/// <param name="Bytes">Bytes of all of them.</param>
/// <param name="Way">host, or peer where the devices copy between themselves.</param>
public sealed record CrossingFigures(int From, int To, int Values, long Bytes, string Way);

/// <summary>Times of whole runs.</summary>
public sealed record StagedTimes
{
    /// <summary>The session's first run, which loads everything.</summary>
    public required double FirstRunMs { get; init; }

    /// <summary>
    /// A run that had all stages to itself, from entering the first to leaving the last; the first run when there was no other.
    /// </summary>
    public required double LatencyMs { get; init; }

    /// <summary>The run of <see cref="LatencyMs"/> is the first one.</summary>
    public required bool IsLatencyOfFirstRun { get; init; }

    /// <summary>Sum of what the plans predict for that run.</summary>
    public required double PlannedLatencyMs { get; init; }

    /// <summary>Runs in flight together, one after the other through the stages; 0 for none.</summary>
    public required int TogetherRuns { get; init; }

    /// <summary>Median latency of these; null without.</summary>
    public required double? TogetherLatencyMs { get; init; }

    /// <summary>
    /// Runs per second with all stages busy: from the first one's end to the last one's, so that filling the stages does not count. Null
    /// with fewer than two.
    /// </summary>
    public required double? RunsPerSecond { get; init; }

    /// <summary>The same by the slowest stage's plan.</summary>
    public required double? PlannedRunsPerSecond { get; init; }
}
