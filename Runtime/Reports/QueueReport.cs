using System.Collections.Immutable;
using FlashMem.Runtime.Memory;

namespace FlashMem.Runtime.Reports;

/// <summary>
/// How a queue of requests to several models went. Times are milliseconds of the device's clock from the first request's start. Immutable.
/// </summary>
public sealed record QueueReport
{
    /// <summary>Name and version of the JSON form.</summary>
    public const string Schema = "flashmem.queue/1";

    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    public required string Device { get; init; }

    /// <summary>Policy of the plans, as on the command line.</summary>
    public required string Policy { get; init; }

    /// <summary>Null when every model is preloaded without a limit.</summary>
    public required long? BudgetBytes { get; init; }

    /// <summary>How memory passed from model to model: tail or none.</summary>
    public required string Handover { get; init; }

    /// <summary>Why something asked for was not done.</summary>
    public required ImmutableArray<string> Notes { get; init; }

    /// <summary>The models, in the order in which the command named them first.</summary>
    public required ImmutableArray<QueuedModelFigures> Models { get; init; }

    /// <summary>The requests, in the order in which they were served.</summary>
    public required ImmutableArray<RequestFigures> Requests { get; init; }

    /// <summary>From the first request's start to the last one's end.</summary>
    public required double TotalMs { get; init; }

    /// <summary>Sum of the visits' predicted times, what is loaded ahead taken off.</summary>
    public required double PlannedTotalMs { get; init; }

    public required QueueMemoryFigures Memory { get; init; }

    /// <summary>Time during which storage read.</summary>
    public required double StorageBusyMs { get; init; }

    /// <summary>Time during which the transfer queue moved chunks; null on zero-copy devices.</summary>
    public required double? TransferBusyMs { get; init; }

    /// <summary>Time during which a kernel ran.</summary>
    public required double ComputeBusyMs { get; init; }

    /// <summary>
    /// The bounds of all runs added up: no queue in which every visit reads its model anew is shorter than the longest sum.
    /// </summary>
    public required BoundFigures Bound { get; init; }
}

/// <summary>A model of a queue.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Requests">How many were to it.</param>
/// <param name="Visits">How often it was loaded.</param>
/// <param name="WeightBytes">Payload bytes of its weights.</param>
/// <param name="PlannedPeakBytes">Most that any of its plans takes.</param>
/// <param name="MedianMs">Median latency of its requests.</param>
public sealed record QueuedModelFigures(string Name, int Requests, int Visits, long WeightBytes, long PlannedPeakBytes, double MedianMs);

/// <summary>A request of a queue.</summary>
public sealed record RequestFigures
{
    /// <summary>Place in the queue, from 0.</summary>
    public required int Index { get; init; }

    public required string Model { get; init; }

    /// <summary>Its model was in memory, from the request before it.</summary>
    public required bool IsRepeat { get; init; }

    /// <summary>Before its inputs were written.</summary>
    public required double StartMs { get; init; }

    /// <summary>After its outputs were read.</summary>
    public required double EndMs { get; init; }

    public double LatencyMs => EndMs - StartMs;

    /// <summary>Latency that its plan predicts, nothing being loaded ahead.</summary>
    public required double PlannedMs { get; init; }

    /// <summary>Bytes read for it from storage.</summary>
    public required long StorageBytes { get; init; }

    /// <summary>Of these: asked for before its start, under the tail of the request before it.</summary>
    public required long AheadBytes { get; init; }

    /// <summary>What its plan takes.</summary>
    public required long PlannedPeakBytes { get; init; }

    /// <summary>Most bytes in use while it ran, of all models together.</summary>
    public required long PeakBytes { get; init; }

    public required ImmutableArray<OutputFigures> Outputs { get; init; }
}

/// <summary>Memory of a queue in bytes.</summary>
/// <param name="Planned">What the queue's plan allocates at most.</param>
/// <param name="Allocated">Most that was allocated through the budget.</param>
/// <param name="InUse">Most that was in use.</param>
/// <param name="MeanInUseBytes">Time-weighted mean of what was in use.</param>
/// <param name="Process">Physical memory of the process; null on simulated devices, whose memory it is not.</param>
public sealed record QueueMemoryFigures(
    PeakFigures Planned, PeakFigures Allocated, PeakFigures InUse, long? MeanInUseBytes, ProcessMemory? Process);

/// <summary>A peak and the peaks of its tiers, which may be at other times.</summary>
/// <param name="Bytes">Of all tiers together.</param>
/// <param name="Unified">Host-visible memory.</param>
/// <param name="Texture">Textures; null on devices without them.</param>
/// <param name="Activation">Activations and workspace.</param>
public sealed record PeakFigures(long Bytes, long Unified, long? Texture, long Activation);
