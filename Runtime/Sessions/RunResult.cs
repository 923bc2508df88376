using FlashMem.Runtime.Reports;

namespace FlashMem.Runtime.Sessions;

/// <summary>What a run gave.</summary>
/// <param name="Outputs">Dense tensors by name, owned by the caller; empty on a device that simulates time only.</param>
/// <param name="Report">How it went; combine several with <see cref="RunReport.Combine"/>.</param>
/// <param name="Trace">What happened when; null when the session does not trace.</param>
public sealed record RunResult(IReadOnlyDictionary<string, Tensor> Outputs, RunReport Report, RunTrace? Trace);
