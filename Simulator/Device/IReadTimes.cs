namespace FlashMem.Simulator.Device;

/// <summary>What a read of storage takes, in picoseconds; alone it takes the sum.</summary>
/// <param name="Occupying">Before its bytes move; no other read starts meanwhile.</param>
/// <param name="Moving">Its bytes move, slower where other work is in the way; no other read starts meanwhile.</param>
/// <param name="Remaining">Until it is complete, beside the reads after it.</param>
/// <param name="RemainingBesideKernels">The same when a kernel runs as its bytes have moved.</param>
/// <param name="Wake">What the running kernel, or the next one, loses when the read finds storage idle.</param>
internal readonly record struct ReadTime(long Occupying, long Moving, long Remaining, long RemainingBesideKernels, long Wake);

/// <summary>Times reads by their size.</summary>
internal interface IReadTimes
{
    ReadTime Of(int bytes);
}
