using FlashMem.Simulator.Engine;

namespace FlashMem.Simulator.Device;

/// <summary>
/// What work costs that goes on at the same time as other work. Time in picoseconds; it moves only by <see cref="AdvanceTo"/>. Not
/// thread-safe.
/// </summary>
internal interface IContention
{
    /// <summary>When the first of the present work completes if none is added; null when there is none.</summary>
    long? NextCompletion { get; }

    /// <summary>Starts work now; null when nothing else can slow it.</summary>
    IContendingWork? Add(in CommandTime work);

    /// <summary>A kernel is under way.</summary>
    bool HasKernels { get; }

    /// <summary>Takes so much time from the kernel under way, or what is left of it from the next.</summary>
    void Interrupt(long picoseconds);

    /// <summary>Moves time on; work that completes on the way is marked.</summary>
    void AdvanceTo(long time);

    /// <summary>DRAM traffic of work at this moment, bytes per second.</summary>
    double RateOf(IContendingWork work);
}
