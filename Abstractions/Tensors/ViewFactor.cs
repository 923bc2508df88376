namespace FlashMem.Abstractions.Tensors;

/// <summary>
/// One loop of a strided access: <paramref name="Extent"/> steps of <paramref name="Stride"/> elements.
/// A stride of 0 repeats (broadcast); a negative stride walks backwards.
/// </summary>
public readonly record struct ViewFactor(long Extent, long Stride);
