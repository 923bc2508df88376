using System.Collections.Immutable;
using FlashMem.Abstractions.Time;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Runtime.Stages;

/// <summary>How one stage of a run went.</summary>
/// <param name="Start">When the run entered the stage, on the session's clock.</param>
/// <param name="End">When its values were ready for later stages.</param>
/// <param name="Report">The stage's own report, in the time of its device.</param>
public sealed record StageRun(DeviceTime Start, DeviceTime End, RunReport Report);

/// <summary>How a run over all stages went, on the session's clock.</summary>
/// <param name="Stages">In order.</param>
public sealed record StagedRun(ImmutableArray<StageRun> Stages)
{
    /// <summary>When it entered the first stage.</summary>
    public DeviceTime Start => Stages[0].Start;

    /// <summary>When its outputs were ready.</summary>
    public DeviceTime End => Stages[^1].End;

    /// <summary>Milliseconds from one to the other, waits between stages included.</summary>
    public double LatencyMs => (End - Start).Milliseconds;
}

/// <summary>What a run over all stages gave.</summary>
/// <param name="Outputs">Dense tensors by name, owned by the caller; empty on devices that simulate time only.</param>
/// <param name="Run">How it went.</param>
public sealed record StagedResult(IReadOnlyDictionary<string, Tensor> Outputs, StagedRun Run);
