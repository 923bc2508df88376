using System.Collections.Immutable;

namespace FlashMem.Abstractions.Measurements;

/// <summary>What was measured of reads from one kind of storage: the disk, or the operating system's page cache.</summary>
/// <param name="Times">By ascending size.</param>
/// <param name="Interference">Between these reads and kernels or copies while both go on all the time.</param>
/// <param name="WakeSeconds">What a kernel loses to waking storage for a read that finds it idle.</param>
public sealed record ReadFigures(ImmutableArray<SizedTime> Times, ImmutableArray<Interference> Interference, double WakeSeconds);
