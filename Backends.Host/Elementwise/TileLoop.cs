namespace FlashMem.Backends.Host.Elementwise;

/// <summary>
/// The loop of one primitive over a tile: up to three sources (those a primitive does not have are not read), a dense destination that
/// may be one of the sources, and the number of elements.
/// </summary>
internal readonly unsafe struct TileLoop(delegate*<TileSource*, TileSource*, TileSource*, float*, int, void> body)
{
    private readonly delegate*<TileSource*, TileSource*, TileSource*, float*, int, void> body = body;

    /// <summary>False for a primitive that does not exist in the type asked for.</summary>
    public bool Exists => body is not null;

    public void Run(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) => body(a, b, c, destination, count);
}
