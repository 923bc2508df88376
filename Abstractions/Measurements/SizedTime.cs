namespace FlashMem.Abstractions.Measurements;

/// <summary>Time of requests of one size, nothing else going on.</summary>
/// <param name="Bytes">The size.</param>
/// <param name="BusySeconds">Time per request when many are queued: what one adds to the whole.</param>
/// <param name="AloneSeconds">Time of one request at a time, from its issue to its signal.</param>
public sealed record SizedTime(long Bytes, double BusySeconds, double AloneSeconds);
