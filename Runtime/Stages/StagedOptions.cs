using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Runtime.Stages;

/// <summary>How a model is opened over several devices. Immutable.</summary>
public sealed record StagedOptions
{
    /// <summary>
    /// One opened device per stage, in order; the caller keeps them. No device serves two stages: a device of which two shall is opened
    /// twice.
    /// </summary>
    public required IReadOnlyList<IDevice> Devices { get; init; }

    /// <summary>
    /// Everything else, for all stages alike; the budget is that of each device. It names no device, and no plan, pinned weights or located
    /// model, which belong to one device; figures to plan with are those of every device.
    /// </summary>
    public required SessionOptions Session { get; init; }

    /// <summary>
    /// Index of every stage's first kernel. Default (none): chosen so that the slowest stage is as fast as possible, see
    /// <see cref="Scheduling.Stages.StageCutter"/>.
    /// </summary>
    public ImmutableArray<int> Starts { get; init; } = [];
}
