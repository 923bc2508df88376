using FlashMem.Runtime.Reports;

namespace FlashMem.Runtime.Sessions;

/// <summary>What a run gave: its outputs by name, owned by the caller, and how it went.</summary>
public sealed record RunResult(IReadOnlyDictionary<string, Tensor> Outputs, RunReport Report);
