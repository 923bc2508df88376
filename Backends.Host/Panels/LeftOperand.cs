namespace FlashMem.Backends.Host.Panels;

/// <summary>
/// The left-hand matrices of a product, read through a view or gathered from an image. Immutable and shared by all workers; the memory
/// is passed in.
/// </summary>
internal abstract unsafe class LeftOperand
{
    /// <summary>Longs that <see cref="Locate"/> writes per row.</summary>
    public const int LongsPerRow = 2;

    /// <summary>Estimated cycles to pack 16 floats; for choosing how to divide the work.</summary>
    public abstract double PackCost { get; }

    /// <summary>Writes where the rows lie, once for all depth blocks of a task.</summary>
    public abstract void Locate(int matrix, long row, int rows, long* table);

    /// <summary>
    /// Copies depth steps [<paramref name="depthStart"/>, + <paramref name="depth"/>) of the located rows to
    /// <paramref name="target"/>, rows <see cref="TileShape.LeftStride"/> floats apart.
    /// </summary>
    public abstract void Pack(float* source, int matrix, long* table, int rows, long depthStart, int depth, float* target);
}
