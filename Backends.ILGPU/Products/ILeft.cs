using FlashMem.Backends.ILGPU.Operands;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>A row of the left-hand side, found once and read many times.</summary>
internal struct LeftRow
{
    /// <summary>Address that the reduction's steps are added to.</summary>
    public int Address;

    /// <summary>Output row of a window; unused by matrices.</summary>
    public int Y;

    /// <summary>Output column of a window; unused by matrices.</summary>
    public int X;

    /// <summary>First channel of the group; unused by matrices.</summary>
    public int Channel;
}

/// <summary>Left-hand side of a product; a type argument, so that each kind has its own loops.</summary>
internal interface ILeft
{
    /// <summary>Finds a row that is there.</summary>
    LeftRow Row(KernelOperands operands, ProductArguments arguments, int batch, int row, int group);

    /// <summary>The row's element at a step of the reduction that is there.</summary>
    float Load(KernelOperands operands, ProductArguments arguments, LeftRow row, int step);

    /// <summary>Eight elements from a step that is a multiple of eight; zeros behind the end.</summary>
    Float8 LoadEight(KernelOperands operands, ProductArguments arguments, LeftRow row, int step);
}
