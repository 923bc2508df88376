using FlashMem.Runtime.Sessions;

namespace FlashMem.Runtime.Execution;

/// <summary>What one run of an executor gave.</summary>
/// <param name="Outputs">Dense tensors by name, owned by the caller; empty on a device that simulates time only.</param>
/// <param name="First">Everything was loaded, not only what is streamed in every run.</param>
/// <param name="StorageBytes">Bytes read from storage.</param>
public sealed record ExecutionResult(IReadOnlyDictionary<string, Tensor> Outputs, bool First, long StorageBytes);
