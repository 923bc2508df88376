using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>The rows of a lane of <see cref="SplitDepthProduct"/>, eight apart.</summary>
internal struct LeftRows
{
    public LeftRow R0;
    public LeftRow R1;
    public LeftRow R2;
    public LeftRow R3;

    /// <summary>How many of them are there.</summary>
    public int Count;

    public static LeftRows Find<TLeft>(KernelOperands operands, ProductArguments arguments, int row)
        where TLeft : struct, ILeft
    {
        TLeft left = default;
        int last = arguments.Rows - 1;
        return new LeftRows
        {
            R0 = left.Row(operands, arguments, 0, Math.Min(row, last), 0),
            R1 = left.Row(operands, arguments, 0, Math.Min(row + 8, last), 0),
            R2 = left.Row(operands, arguments, 0, Math.Min(row + 16, last), 0),
            R3 = left.Row(operands, arguments, 0, Math.Min(row + 24, last), 0),
            Count = (arguments.Rows - row + 7) >> 3,
        };
    }

    /// <summary>Eight steps of each; zeros where nothing is.</summary>
    public readonly LeftBlock Load<TLeft>(KernelOperands operands, ProductArguments arguments, int step)
        where TLeft : struct, ILeft
    {
        TLeft left = default;
        return new LeftBlock
        {
            R0 = Count > 0 ? left.LoadEight(operands, arguments, R0, step) : default,
            R1 = Count > 1 ? left.LoadEight(operands, arguments, R1, step) : default,
            R2 = Count > 2 ? left.LoadEight(operands, arguments, R2, step) : default,
            R3 = Count > 3 ? left.LoadEight(operands, arguments, R3, step) : default,
        };
    }
}

/// <summary>Eight steps of a lane's rows.</summary>
internal struct LeftBlock
{
    public Float8 R0;
    public Float8 R1;
    public Float8 R2;
    public Float8 R3;
}

/// <summary>Four neighbouring columns of eight steps of a panel of halves.</summary>
internal struct RightBlock
{
    public Words2 S0;
    public Words2 S1;
    public Words2 S2;
    public Words2 S3;
    public Words2 S4;
    public Words2 S5;
    public Words2 S6;
    public Words2 S7;

    /// <param name="arguments">Of the launch.</param>
    /// <param name="weights">Where the panel lies.</param>
    /// <param name="column">The columns' place in the panel's first step, in units of four halves.</param>
    /// <param name="step">The first step; zeros behind the end.</param>
    public static RightBlock Load(ProductArguments arguments, ArrayView<Words4> weights, int column, int step) => new()
    {
        S0 = Load(arguments, weights, column, step, 0),
        S1 = Load(arguments, weights, column, step, 1),
        S2 = Load(arguments, weights, column, step, 2),
        S3 = Load(arguments, weights, column, step, 3),
        S4 = Load(arguments, weights, column, step, 4),
        S5 = Load(arguments, weights, column, step, 5),
        S6 = Load(arguments, weights, column, step, 6),
        S7 = Load(arguments, weights, column, step, 7),
    };

    private static Words2 Load(ProductArguments arguments, ArrayView<Words4> weights, int column, int step, int next) =>
        step + next < arguments.Depth
            ? weights.Cast<Words2>()[column + ((step + next) * (ProductArguments.PanelWidth / 4))]
            : default;
}

/// <summary>Sums of a warp's 32 rows by 32 columns: 16 rows by 8 columns each, four of the upper rows, then four of the lower ones.</summary>
internal struct WarpSums
{
    public Float4 S0;
    public Float4 S1;
    public Float4 S2;
    public Float4 S3;
    public Float4 S4;
    public Float4 S5;
    public Float4 S6;
    public Float4 S7;
}
