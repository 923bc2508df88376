using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Reports;

/// <summary>Bytes of a tier that are taken into use at a moment, or given up where negative.</summary>
internal readonly record struct ResidencyChange(DeviceTime Time, MemoryTier Tier, long Bytes);
