namespace FlashMem.Backends.Host.Views;

/// <summary>Where an operand of a stored program comes from.</summary>
internal enum TileOperandKind
{
    /// <summary>The results that the family computed.</summary>
    Results,

    /// <summary>A view of the kernel.</summary>
    View,

    /// <summary>One value for all results, which the family computed.</summary>
    Scalar,
}

/// <summary>An operand of a <see cref="TileStore"/>'s program.</summary>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Index">Number of the view or the scalar.</param>
internal readonly record struct TileOperand(TileOperandKind Kind, int Index)
{
    public static TileOperand Results => new(TileOperandKind.Results, 0);

    public static TileOperand View(int index) => new(TileOperandKind.View, index);

    public static TileOperand Scalar(int index) => new(TileOperandKind.Scalar, index);
}
