namespace FlashMem.Abstractions.Devices;

/// <summary>Moves bytes between two allocations of a device, for example a weight chunk from unified to texture memory.</summary>
public sealed record CopyCommand(string Label, MemoryRange Source, MemoryRange Target);
