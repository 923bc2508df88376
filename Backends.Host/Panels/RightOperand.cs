namespace FlashMem.Backends.Host.Panels;

/// <summary>The right-hand panels of one run. Shared by all workers.</summary>
internal abstract unsafe class RightOperand
{
    /// <summary>Longs of table that <see cref="Block"/> may use.</summary>
    public const int TableLongs = TileShape.DepthBlock;

    /// <summary>Estimated cycles to make 16 floats of a block; for choosing how to divide the work.</summary>
    public abstract double BlockCost { get; }

    /// <summary>
    /// Depth steps [<paramref name="depthStart"/>, + <paramref name="depth"/>) of a panel as floats, <see cref="TileShape.PanelWidth"/>
    /// per step: in place where memory holds them so, otherwise written to <paramref name="scratch"/>.
    /// </summary>
    /// <param name="panel">Counted over all matrices.</param>
    /// <param name="depthStart">A multiple of <see cref="TileShape.DepthBlock"/>.</param>
    /// <param name="depth">At most <see cref="TileShape.DepthBlock"/>.</param>
    /// <param name="scratch">One panel block.</param>
    /// <param name="table"><see cref="TableLongs"/> longs.</param>
    public abstract float* Block(int panel, long depthStart, int depth, float* scratch, long* table);
}
