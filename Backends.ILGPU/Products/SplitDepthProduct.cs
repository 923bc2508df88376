using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>
/// Products with weights of halves on tensor cores, for long reductions and few tiles: a group of eight warps computes 32 rows by 32 columns, and
/// its warps share the reduction, 32 steps at a time in turn, so that also a slice of few panels keeps a GPU busy. A warp loads its operands into
/// registers directly, with no barrier until the partial results of the eight are added, in a fixed order. Precision is that of
/// <see cref="TensorProduct"/>.
/// </summary>
/// <remarks>
/// Tensor cores do not care which step of the reduction is which as long as both sides agree: lane t of a quad has the steps 8 t to 8 t + 7, which
/// lie side by side on the left. Nor which column is which: tile n of four has the columns 4 g + n, so that a lane's columns of a step are one load.
/// </remarks>
internal static class SplitDepthProduct
{
    public const int Threads = 256;
    public const int TileRows = 32;
    public const int TileColumns = ProductArguments.PanelWidth;

    /// <summary>Steps that the warps of a group take in a turn; a shorter reduction leaves some of them idle.</summary>
    public const int TurnSteps = Warps * BlockSteps;

    private const int Warps = 8;
    private const int BlockSteps = 32;

    // Quads from a row of partial results to the next: one more than a row has, so that the lanes that store at once hit all banks.
    private const int RowQuads = (TileColumns / 4) + 1;
    private const int PartialQuads = TileRows * RowQuads;

    [KernelEntry(typeof(WideMatrixLeft), typeof(TensorCores), typeof(PlainResult))]
    [KernelEntry(typeof(WideMatrixLeft), typeof(TensorCores), typeof(FusedResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(TensorCores), typeof(PlainResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(TensorCores), typeof(FusedResult))]
    [KernelEntry(typeof(WindowLeft), typeof(TensorCores), typeof(PlainResult))]
    [KernelEntry(typeof(WindowLeft), typeof(TensorCores), typeof(FusedResult))]
    internal static void Run<TLeft, TMultiply, TEpilogue>(KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights)
        where TLeft : struct, ILeft
        where TMultiply : struct, IMultiply
        where TEpilogue : struct, IEpilogue
    {
        TMultiply multiply = default;
        ArrayView<Float4> partials = SharedMemory.Allocate<Float4>(Warps * PartialQuads);
        int warp = Group.IdxX >> 5;
        int row = (Group.IdxX & 31) >> 2;
        int quad = Group.IdxX & 3;
        int firstColumn = Grid.IdxY * TileColumns;
        LeftRows rows = LeftRows.Find<TLeft>(operands, arguments, (Grid.IdxX * TileRows) + row);
        int column = (2 * Panels.Block(arguments, firstColumn)) + row;
        int step = (warp * BlockSteps) + (8 * quad);
        LeftBlock nextLeft = rows.Load<TLeft>(operands, arguments, step);
        RightBlock nextRight = RightBlock.Load(arguments, weights, column, step);
        WarpSums sums = default;
        multiply.Begin();

        // As many turns for every warp, whatever is left for it: behind the end all is zero.
        for (int turn = 0; turn < arguments.Depth; turn += TurnSteps)
        {
            LeftBlock left = nextLeft;
            RightBlock right = nextRight;
            step += TurnSteps;
            nextLeft = rows.Load<TLeft>(operands, arguments, step);
            nextRight = RightBlock.Load(arguments, weights, column, step);
            sums = AddFour(multiply, sums, left.R0.Low, left.R1.Low, left.R2.Low, left.R3.Low, right.S0, right.S1, right.S2, right.S3);
            sums = AddFour(multiply, sums, left.R0.High, left.R1.High, left.R2.High, left.R3.High, right.S4, right.S5, right.S6, right.S7);
        }

        // A lane has eight neighbouring columns of its rows.
        int at = (warp * PartialQuads) + (row * RowQuads) + (2 * quad);
        Put(
            partials, at,
            multiply.Finish(0, sums.S0), multiply.Finish(1, sums.S1), multiply.Finish(2, sums.S2), multiply.Finish(3, sums.S3));
        Put(
            partials, at + (16 * RowQuads),
            multiply.Finish(4, sums.S4), multiply.Finish(5, sums.S5), multiply.Finish(6, sums.S6), multiply.Finish(7, sums.S7));
        Group.Barrier();
        Store<TEpilogue>(operands, arguments, partials, Grid.IdxX * TileRows, firstColumn);
    }

    /// <summary>Four steps of each lane.</summary>
    private static WarpSums AddFour<TMultiply>(
        TMultiply multiply, WarpSums sums, Float4 r0, Float4 r1, Float4 r2, Float4 r3, Words2 s0, Words2 s1, Words2 s2, Words2 s3)
        where TMultiply : struct, IMultiply
    {
        sums = AddTwo(
            multiply, sums,
            new LeftFragment { A0 = r0.X, A1 = r1.X, A2 = r0.Y, A3 = r1.Y },
            new LeftFragment { A0 = r2.X, A1 = r3.X, A2 = r2.Y, A3 = r3.Y },
            Float4.OfHalves(s0.X, s0.Y),
            Float4.OfHalves(s1.X, s1.Y));
        return AddTwo(
            multiply, sums,
            new LeftFragment { A0 = r0.Z, A1 = r1.Z, A2 = r0.W, A3 = r1.W },
            new LeftFragment { A0 = r2.Z, A1 = r3.Z, A2 = r2.W, A3 = r3.W },
            Float4.OfHalves(s2.X, s2.Y),
            Float4.OfHalves(s3.X, s3.Y));
    }

    /// <summary>Two steps of each lane.</summary>
    private static WarpSums AddTwo<TMultiply>(
        TMultiply multiply, WarpSums sums, LeftFragment top, LeftFragment bottom, Float4 first, Float4 second)
        where TMultiply : struct, IMultiply
    {
        LeftFragment upper = LeftFragment.Upper(top);
        LeftFragment rest = LeftFragment.Rest(top, upper);
        sums.S0 = Add(multiply, 0, sums.S0, upper, rest, first.X, second.X);
        sums.S1 = Add(multiply, 1, sums.S1, upper, rest, first.Y, second.Y);
        sums.S2 = Add(multiply, 2, sums.S2, upper, rest, first.Z, second.Z);
        sums.S3 = Add(multiply, 3, sums.S3, upper, rest, first.W, second.W);
        upper = LeftFragment.Upper(bottom);
        rest = LeftFragment.Rest(bottom, upper);
        sums.S4 = Add(multiply, 4, sums.S4, upper, rest, first.X, second.X);
        sums.S5 = Add(multiply, 5, sums.S5, upper, rest, first.Y, second.Y);
        sums.S6 = Add(multiply, 6, sums.S6, upper, rest, first.Z, second.Z);
        sums.S7 = Add(multiply, 7, sums.S7, upper, rest, first.W, second.W);
        return sums;
    }

    private static Float4 Add<TMultiply>(
        TMultiply multiply, int which, Float4 sum, LeftFragment upper, LeftFragment rest, float right0, float right1)
        where TMultiply : struct, IMultiply =>
        multiply.MultiplyAdd(which, multiply.MultiplyAdd(which, sum, rest, right0, right1), upper, right0, right1);

    /// <summary>Four sums of 16 rows: of two of them, eight columns each.</summary>
    private static void Put(ArrayView<Float4> partials, int at, Float4 s0, Float4 s1, Float4 s2, Float4 s3)
    {
        partials[at] = new Float4 { X = s0.X, Y = s1.X, Z = s2.X, W = s3.X };
        partials[at + 1] = new Float4 { X = s0.Y, Y = s1.Y, Z = s2.Y, W = s3.Y };
        partials[at + (8 * RowQuads)] = new Float4 { X = s0.Z, Y = s1.Z, Z = s2.Z, W = s3.Z };
        partials[at + (8 * RowQuads) + 1] = new Float4 { X = s0.W, Y = s1.W, Z = s2.W, W = s3.W };
    }

    /// <summary>Every thread adds four neighbours of a row over all warps.</summary>
    private static void Store<TEpilogue>(
        KernelOperands operands, ProductArguments arguments, ArrayView<Float4> partials, int firstRow, int firstColumn)
        where TEpilogue : struct, IEpilogue
    {
        int row = Group.IdxX >> 3;
        int quad = Group.IdxX & 7;
        Float4 sum = default;
        for (int warp = 0; warp < Warps; warp++)
        {
            Float4 part = partials[(warp * PartialQuads) + (row * RowQuads) + quad];
            sum = new Float4 { X = sum.X + part.X, Y = sum.Y + part.Y, Z = sum.Z + part.Z, W = sum.W + part.W };
        }

        if (firstRow + row < arguments.Rows)
        {
            for (int i = 0; i < 4; i++)
            {
                int column = Panels.OutputColumn(arguments, firstColumn + (4 * quad) + i);
                if (column >= 0)
                {
                    float value = i == 0 ? sum.X : i == 1 ? sum.Y : i == 2 ? sum.Z : sum.W;
                    ProductOutput.Store<TEpilogue>(operands, arguments, 0, firstRow + row, column, value);
                }
            }
        }
    }
}
