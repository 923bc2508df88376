using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>
/// Products by tiles: a group of 256 threads computes 64 rows by 64 columns, 32 steps of the reduction at a time from shared memory; a thread
/// has 4 by 4 results in registers. While one slab is used the next is on its way into registers, 16 bytes a load where the left-hand side
/// allows it and always from panels. Results go through shared memory, so that the epilogue is one loop and stores are side by side.
/// </summary>
internal static class TiledProduct
{
    public const int Threads = 256;
    public const int TileRows = 64;
    public const int TileColumns = 64;

    private const int Slab = 32;

    // Quads from one step of the left slab to the next, and from one row of results to the next; one more than 64 floats, against bank conflicts.
    private const int LeftQuads = 17;
    private const int RightQuads = 16;
    private const int LeftFloats = 4 * LeftQuads;
    private const int RightStart = Slab * LeftQuads;
    private const int SharedQuads = TileRows * LeftQuads;

    [KernelEntry(typeof(MatrixLeft), typeof(HalfPanels), typeof(PlainResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(HalfPanels), typeof(FusedResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(FloatPanels), typeof(PlainResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(FloatPanels), typeof(FusedResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(MatrixRight), typeof(PlainResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(MatrixRight), typeof(FusedResult))]
    [KernelEntry(typeof(WindowLeft), typeof(HalfPanels), typeof(PlainResult))]
    [KernelEntry(typeof(WindowLeft), typeof(HalfPanels), typeof(FusedResult))]
    [KernelEntry(typeof(WindowLeft), typeof(FloatPanels), typeof(PlainResult))]
    [KernelEntry(typeof(WindowLeft), typeof(FloatPanels), typeof(FusedResult))]
    internal static void Run<TLeft, TRight, TEpilogue>(KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights)
        where TLeft : struct, ILeft
        where TRight : struct, IRight
        where TEpilogue : struct, IEpilogue
    {
        TLeft left = default;
        TRight right = default;
        ArrayView<Float4> quads = SharedMemory.Allocate<Float4>(SharedQuads);
        ArrayView<float> floats = quads.Cast<float>();
        int thread = Group.IdxX;
        int batch = Grid.IdxZ;
        int firstRow = Grid.IdxY * TileRows;
        int firstColumn = Grid.IdxX * TileColumns;

        // Neighbouring threads take neighbouring rows of the left slab, each a whole sector, and neighbouring columns of the right one.
        int leftRow = thread & 63;
        int leftStep = (thread >> 6) * 8;
        int rightStep = thread >> 3;
        int rightColumn = (thread & 7) * 8;
        bool hasRow = firstRow + leftRow < arguments.Rows;
        LeftRow from = left.Row(operands, arguments, batch, hasRow ? firstRow + leftRow : 0, 0);

        // The thread's results: rows 4 * (thread / 16), columns 4 * (thread % 16).
        int rowQuad = thread >> 4;
        int columnQuad = thread & 15;
        Float4 r0 = default;
        Float4 r1 = default;
        Float4 r2 = default;
        Float4 r3 = default;
        Float8 nextLeft = hasRow ? left.LoadEight(operands, arguments, from, leftStep) : default;
        Float8 nextRight = right.LoadEight(operands, arguments, weights, batch, rightStep, firstColumn + rightColumn);
        for (int slab = 0; slab < arguments.Depth; slab += Slab)
        {
            StoreLeft(floats, leftStep, leftRow, nextLeft);
            quads[RightStart + (rightStep * RightQuads) + (rightColumn >> 2)] = nextRight.Low;
            quads[RightStart + (rightStep * RightQuads) + (rightColumn >> 2) + 1] = nextRight.High;
            Group.Barrier();
            int next = slab + Slab;
            if (next < arguments.Depth)
            {
                nextLeft = hasRow ? left.LoadEight(operands, arguments, from, next + leftStep) : default;
                nextRight = right.LoadEight(operands, arguments, weights, batch, next + rightStep, firstColumn + rightColumn);
            }

            for (int step = 0; step < Slab; step++)
            {
                Float4 a = quads[(step * LeftQuads) + rowQuad];
                Float4 b = quads[RightStart + (step * RightQuads) + columnQuad];
                r0 = MultiplyAdd(r0, a.X, b);
                r1 = MultiplyAdd(r1, a.Y, b);
                r2 = MultiplyAdd(r2, a.Z, b);
                r3 = MultiplyAdd(r3, a.W, b);
            }

            Group.Barrier();
        }

        quads[(((4 * rowQuad) + 0) * LeftQuads) + columnQuad] = r0;
        quads[(((4 * rowQuad) + 1) * LeftQuads) + columnQuad] = r1;
        quads[(((4 * rowQuad) + 2) * LeftQuads) + columnQuad] = r2;
        quads[(((4 * rowQuad) + 3) * LeftQuads) + columnQuad] = r3;
        Group.Barrier();
        for (int i = thread; i < TileRows * TileColumns; i += Threads)
        {
            int row = firstRow + (i / TileColumns);
            int column = right.OutputColumn(arguments, firstColumn + (i % TileColumns));
            if (row < arguments.Rows && column >= 0)
            {
                float result = floats[((i / TileColumns) * LeftFloats) + (i % TileColumns)];
                ProductOutput.Store<TEpilogue>(operands, arguments, batch, row, column, result);
            }
        }
    }

    private static void StoreLeft(ArrayView<float> floats, int step, int row, Float8 values)
    {
        int at = (step * LeftFloats) + row;
        floats[at] = values.Low.X;
        floats[at + LeftFloats] = values.Low.Y;
        floats[at + (2 * LeftFloats)] = values.Low.Z;
        floats[at + (3 * LeftFloats)] = values.Low.W;
        floats[at + (4 * LeftFloats)] = values.High.X;
        floats[at + (5 * LeftFloats)] = values.High.Y;
        floats[at + (6 * LeftFloats)] = values.High.Z;
        floats[at + (7 * LeftFloats)] = values.High.W;
    }

    private static Float4 MultiplyAdd(Float4 sum, float factor, Float4 values) => new()
    {
        X = sum.X + (factor * values.X),
        Y = sum.Y + (factor * values.Y),
        Z = sum.Z + (factor * values.Z),
        W = sum.W + (factor * values.W),
    };
}
