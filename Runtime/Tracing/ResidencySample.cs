using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Tracing;

/// <summary>Bytes of a memory tier in use from a moment on, until the tier's next sample.</summary>
public readonly record struct ResidencySample(DeviceTime Time, MemoryTier Tier, long Bytes);
