using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Tracing;

/// <summary>A half-open stretch of device time; empty when it ends where it starts.</summary>
public readonly record struct Interval(DeviceTime Start, DeviceTime End);
