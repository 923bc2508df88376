namespace FlashMem.Backends.Host.Panels;

/// <summary>Where the rows of a left-hand tile lie relative to each other; a constant of the compiled tile kernel.</summary>
internal interface ILeftLayout
{
    /// <summary>Floats from one row to the next.</summary>
    static abstract int RowStride { get; }
}

/// <summary>Rows copied into scratch, <see cref="TileShape.LeftStride"/> apart; depth steps are adjacent.</summary>
internal readonly struct PackedRows : ILeftLayout
{
    public static int RowStride => TileShape.LeftStride;
}

/// <summary>Rows are adjacent floats (a matrix read as its transpose); depth steps are a stride apart.</summary>
internal readonly struct AdjacentRows : ILeftLayout
{
    public static int RowStride => 1;
}
