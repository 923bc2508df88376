namespace FlashMem.Backends.Host.Elementwise;

/// <summary>
/// Consecutive elements of one operand: 4-byte elements (Float32, or Int32 read as such) at <paramref name="pointer"/>, every
/// <paramref name="stride"/> elements. Stride 1 is dense, 0 repeats one element, any other is gathered.
/// </summary>
internal readonly unsafe struct OperandRun(float* pointer, long stride)
{
    public float* Pointer { get; } = pointer;

    public long Stride { get; } = stride;
}
