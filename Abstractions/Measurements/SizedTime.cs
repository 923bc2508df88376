namespace FlashMem.Abstractions.Measurements;

/// <summary>Time of requests of one size.</summary>
/// <param name="Bytes">The size.</param>
/// <param name="BusySeconds">Time per request when many are queued and nothing else goes on: what one adds to the whole.</param>
/// <param name="AloneSeconds">Time of one request at a time, from its issue to its signal, nothing else going on.</param>
/// <param name="BesideSeconds">The same while kernels go on; as alone where it was not measured.</param>
public sealed record SizedTime(long Bytes, double BusySeconds, double AloneSeconds, double BesideSeconds);
