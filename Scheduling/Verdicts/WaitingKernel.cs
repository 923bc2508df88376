namespace FlashMem.Scheduling.Verdicts;

/// <summary>A kernel whose weights come later than it could start, in a predicted repeated run. Milliseconds.</summary>
/// <param name="Name">Name of the kernel.</param>
/// <param name="StreamedBytes">Bytes that the run reads for it.</param>
/// <param name="ArrivalMs">What the slower of storage and link needs for them.</param>
/// <param name="ComputeMs">What it runs.</param>
/// <param name="WaitMs">What nothing ahead of it could hide.</param>
public sealed record WaitingKernel(string Name, long StreamedBytes, double ArrivalMs, double ComputeMs, double WaitMs);
