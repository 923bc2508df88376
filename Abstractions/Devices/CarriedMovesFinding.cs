namespace FlashMem.Abstractions.Devices;

/// <summary>What a device knows about moves inside its kernels.</summary>
/// <param name="Moves">Where its kernels can move chunks to.</param>
/// <param name="Refusal">Why they can move nothing; null where they can, and on zero-copy devices, where there is nothing to move.</param>
public sealed record CarriedMovesFinding(CarriedMoves Moves, string? Refusal);
