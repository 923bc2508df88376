namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>What a device took from the tuner's files so far.</summary>
/// <param name="Kernels">Kernels that were prepared with tuned tiles.</param>
/// <param name="Discarded">Entries that were damaged or stale; deleted, and the tables' tiles used.</param>
/// <param name="Problem">What was wrong with the last of them; null when all were good.</param>
public sealed record OpenClTuningStatistics(int Kernels, int Discarded, string? Problem);
