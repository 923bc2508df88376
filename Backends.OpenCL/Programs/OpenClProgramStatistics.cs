namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>Where a device's programs came from so far.</summary>
/// <param name="Compiled">Built from source.</param>
/// <param name="Hits">Taken from the program cache.</param>
/// <param name="Discarded">Cache entries that were corrupt, stale or refused by the driver; deleted and built from source.</param>
/// <param name="Problem">Why the cache could not be used the last time it could not; null when it always could.</param>
public sealed record OpenClProgramStatistics(int Compiled, int Hits, int Discarded, string? Problem);
