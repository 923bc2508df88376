using FlashMem.Abstractions.Kernels;

namespace FlashMem.Abstractions.Measurements;

/// <summary>How much longer kernels of a class take for every byte that they move themselves.</summary>
public sealed record CarriedCost(OperatorClass Class, double SecondsPerByte);
