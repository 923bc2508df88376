using System.Collections.Immutable;
using System.Security.Cryptography;
using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Runtime.Reports;

/// <summary>How one run, or several runs of one session, went. A figure that does not apply is null. Immutable.</summary>
public sealed record RunReport
{
    /// <summary>Name and version of the JSON form.</summary>
    public const string Schema = "flashmem.run/1";

    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    public required string Model { get; init; }

    public required string Device { get; init; }

    /// <summary>Policy of the plan, as on the command line.</summary>
    public required string Policy { get; init; }

    /// <summary>Element type of streamed weights: fp16 or fp32.</summary>
    public required string Weights { get; init; }

    /// <summary>Element type of floating-point activations: fp16 or fp32.</summary>
    public required string Activations { get; init; }

    /// <summary>Null when everything is preloaded without a limit.</summary>
    public required long? BudgetBytes { get; init; }

    /// <summary>Payload bytes of all weights in the weight file, embeddings included.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Weight bytes that stay resident between runs: the parameters block and the retained chunks.</summary>
    public required long PreloadedBytes { get; init; }

    /// <summary>
    /// Of <see cref="PreloadedBytes"/>: chunks of pinned weights, which are there before the first kernel. Null when none was asked for.
    /// </summary>
    public long? PinnedBytes { get; init; }

    /// <summary>Weight bytes that every repeated run reads from storage, fetched embedding rows included.</summary>
    public required long StreamedBytes { get; init; }

    public required PlanFigures Plan { get; init; }

    public required MemoryFigures Memory { get; init; }

    public required TimeFigures Time { get; init; }

    public required BoundFigures Bound { get; init; }

    public required ImmutableArray<OutputFigures> Outputs { get; init; }

    /// <summary>
    /// One report for several runs of a session, in order: durations side by side, busy, stall and overlap figures of the run with the
    /// median duration, mean memory weighted by duration, everything else from the last.
    /// </summary>
    public static RunReport Combine(IReadOnlyList<RunReport> runs)
    {
        if (runs.Count == 0)
        {
            throw new ArgumentException("no runs to combine", nameof(runs));
        }

        RunReport last = runs[^1];
        RunReport middle = runs.OrderBy(run => run.Time.MedianMs).ElementAt((runs.Count - 1) / 2);
        ImmutableArray<double> durations = [.. runs.SelectMany(run => run.Time.RunsMs)];
        double median = Median(durations);
        double total = durations.Sum();
        return last with
        {
            Memory = last.Memory with
            {
                MeanBytes = runs.Any(run => run.Memory.MeanBytes is null) || total == 0
                    ? last.Memory.MeanBytes
                    : (long)(runs.Sum(run => run.Memory.MeanBytes!.Value * run.Time.RunsMs.Sum()) / total),
            },
            Time = middle.Time with { RunsMs = durations, MedianMs = median },
            Bound = middle.Bound.WithRun(median),
        };
    }

    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>The plan that was followed.</summary>
/// <param name="Solver">Planner that made it.</param>
/// <param name="Status">What the planner knew: feasible or optimal.</param>
/// <param name="Objective">What it minimised.</param>
/// <param name="Bound">No plan has a smaller objective.</param>
/// <param name="Gap">(Objective - Bound) / Objective.</param>
/// <param name="SolveMs">Time that planning took.</param>
/// <param name="ChunkBytes">Target chunk size.</param>
/// <param name="Hash">Of the plan.</param>
public sealed record PlanFigures(
    string Solver, string Status, double? Objective, double? Bound, double? Gap, double? SolveMs, long ChunkBytes, string Hash);

/// <summary>Memory in bytes.</summary>
/// <param name="PlannedPeakBytes">What the plan says it takes.</param>
/// <param name="PeakBytes">Most that was allocated through the budget, the device's workspace included.</param>
/// <param name="MeanBytes">
/// Time-weighted mean over the run of what was in use: parameters, chunk slots from the start of their read to their release, activation
/// arena and workspace. Null without a trace.
/// </param>
/// <param name="PeakUnifiedBytes">Peak of the unified tier.</param>
/// <param name="PeakTextureBytes">Peak of the texture tier; null on devices without it.</param>
/// <param name="PeakActivationBytes">Peak of the activation tier, workspace included.</param>
/// <param name="Process">
/// Physical memory of the whole process at the end of the run: its peak, and what is anonymous and what file-backed. Null on simulated
/// devices, whose memory it is not.
/// </param>
/// <param name="LockedFileBytes">The weight file's chunks, where they are kept in the host's memory, which no budget counts; null where they are read.</param>
public sealed record MemoryFigures(
    long PlannedPeakBytes,
    long PeakBytes,
    long? MeanBytes,
    long PeakUnifiedBytes,
    long? PeakTextureBytes,
    long PeakActivationBytes,
    ProcessMemory? Process,
    long? LockedFileBytes = null);

/// <summary>Times before the first run, in milliseconds of the wall clock; all null on simulated devices.</summary>
/// <param name="OpenDeviceMs">Null when the caller opened the device.</param>
/// <param name="ImportMs">Null when a weight file was there already.</param>
/// <param name="CompileMs">Passes and lowering, without packing; null when a weight file was there already.</param>
/// <param name="PlanMs">Planning and verification; null when the plan was given.</param>
public sealed record PreparationFigures(double? OpenDeviceMs, double? ImportMs, double? CompileMs, double? PlanMs);

/// <summary>Times of runs, in milliseconds of the device's clock.</summary>
public sealed record TimeFigures
{
    public required PreparationFigures Preparation { get; init; }

    /// <summary>The session's first run, which loads everything.</summary>
    public required double FirstRunMs { get; init; }

    /// <summary>The reported runs, in order.</summary>
    public required ImmutableArray<double> RunsMs { get; init; }

    public required double MedianMs { get; init; }

    /// <summary>First run: from the first byte read to the outputs ready. Null without a trace.</summary>
    public required double? IntegratedMs { get; init; }

    /// <summary>Time during which at least one storage worker was reading. Null without a trace.</summary>
    public required double? StorageBusyMs { get; init; }

    /// <summary>Time during which the transfer queue was moving chunks; null on zero-copy devices and without a trace.</summary>
    public required double? TransferBusyMs { get; init; }

    /// <summary>Time during which a kernel ran. Null without a trace.</summary>
    public required double? ComputeBusyMs { get; init; }

    /// <summary>Time during which the next kernel waited for storage or a transfer. Null without a trace.</summary>
    public required double? StallMs { get; init; }

    /// <summary>
    /// Share of transfer time during which a kernel ran, 0 to 1. Where chunks have no second hop (zero-copy devices) the transfer is the
    /// read from storage. Null when nothing was transferred and without a trace.
    /// </summary>
    public required double? Overlap { get; init; }
}

/// <summary>Times that no schedule can beat on this device, in milliseconds, and how close the run came.</summary>
/// <param name="StorageMs">Reading what must be read at the storage bandwidth.</param>
/// <param name="TransferMs">Moving it to texture memory; null on zero-copy devices.</param>
/// <param name="ComputeMs">All kernels at their roofline.</param>
/// <param name="LowerBoundMs">The longest of the three.</param>
/// <param name="RatioToBound">Run time divided by it; null when the bound is 0.</param>
public sealed record BoundFigures(double StorageMs, double? TransferMs, double ComputeMs, double LowerBoundMs, double? RatioToBound)
{
    /// <summary>The same bound against another run time.</summary>
    public BoundFigures WithRun(double runMs) => this with { RatioToBound = LowerBoundMs > 0 ? runMs / LowerBoundMs : null };
}

/// <summary>An output as reports name it.</summary>
/// <param name="Name">Name in the model.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Sha256">Of the dense little-endian bytes in the model's type, hex; null when not asked for, and where the device simulates time only and there is no output.</param>
public sealed record OutputFigures(string Name, Shape Shape, string? Sha256)
{
    /// <param name="name">Name in the model.</param>
    /// <param name="shape">Extents.</param>
    /// <param name="hashed">What to hash; null for nothing.</param>
    internal static OutputFigures Of(string name, Shape shape, Tensor? hashed) =>
        new(name, shape, hashed is null ? null : Convert.ToHexStringLower(SHA256.HashData(hashed.Bytes)));
}
