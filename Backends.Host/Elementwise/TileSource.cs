namespace FlashMem.Backends.Host.Elementwise;

/// <summary>Where a loop reads one of its sources: dense floats, or one value repeated over <see cref="SpreadFloats"/> floats.</summary>
/// <param name="pointer">First element of the tile.</param>
/// <param name="dense">False for one value for all elements.</param>
internal readonly unsafe struct TileSource(float* pointer, bool dense)
{
    /// <summary>Floats over which a repeated value is spread: the widest register.</summary>
    public const int SpreadFloats = Simd.LaneWidth.MaxFloats;

    public float* Pointer { get; } = pointer;

    /// <summary>Elements to move per element computed: 1, or 0 for a repeated value.</summary>
    public nint Step { get; } = dense ? 1 : 0;

    /// <summary>The same source, further on.</summary>
    public TileSource Advance(int elements) => new(Pointer + (elements * Step), Step != 0);
}
