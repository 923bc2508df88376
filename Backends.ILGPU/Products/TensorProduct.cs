using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>
/// Products with weights of halves on tensor cores, to the precision of floats: a half is a TF32 number as it is, and a float of the left-hand
/// side is the sum of two (its upper 11 bits, and what is left), so a product is two of tiles. A group of eight warps computes 64 rows by 64
/// columns, 32 steps of the reduction at a time; a warp has 16 rows by 32 columns. Loads, registers ahead and results go as in
/// <see cref="TiledProduct"/>.
/// </summary>
internal static class TensorProduct
{
    private const int Slab = 32;
    private const int FragmentSteps = 8;

    // Floats from a row of the left slab to the next, from a step of the right slab to the next, and from a row of results to the next: chosen so
    // that the lanes of a fragment's load hit all banks, and that quads stay on their boundary.
    private const int LeftStride = 36;
    private const int RightStride = 72;
    private const int ResultStride = 68;
    private const int RightStart = TiledProduct.TileRows * LeftStride;
    private const int SharedQuads = (RightStart + (Slab * RightStride)) / 4;

    [KernelEntry(typeof(MatrixLeft), typeof(TensorCores), typeof(PlainResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(TensorCores), typeof(FusedResult))]
    [KernelEntry(typeof(WindowLeft), typeof(TensorCores), typeof(PlainResult))]
    [KernelEntry(typeof(WindowLeft), typeof(TensorCores), typeof(FusedResult))]
    internal static void Run<TLeft, TMultiply, TEpilogue>(KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights)
        where TLeft : struct, ILeft
        where TMultiply : struct, IMultiply
        where TEpilogue : struct, IEpilogue
    {
        TLeft left = default;
        HalfPanels right = default;
        TMultiply multiply = default;
        ArrayView<Float4> quads = SharedMemory.Allocate<Float4>(SharedQuads);
        ArrayView<float> floats = quads.Cast<float>();
        int thread = Group.IdxX;
        int firstRow = Grid.IdxY * TiledProduct.TileRows;
        int firstColumn = Grid.IdxX * TiledProduct.TileColumns;
        int leftRow = thread & 63;
        int leftStep = (thread >> 6) * 8;
        int rightStep = thread >> 3;
        int rightColumn = (thread & 7) * 8;
        int leftQuad = ((leftRow * LeftStride) + leftStep) >> 2;
        int rightQuad = (RightStart + (rightStep * RightStride) + rightColumn) >> 2;
        bool hasRow = firstRow + leftRow < arguments.Rows;
        LeftRow from = left.Row(operands, arguments, 0, hasRow ? firstRow + leftRow : 0, 0);

        // Four warps below each other, twice.
        int lane = thread & 31;
        int row = (((thread >> 5) & 3) * 16) + (lane >> 2);
        int column = (thread >> 7) * 32;
        int leftAt = (row * LeftStride) + (lane & 3);
        int rightAt = RightStart + ((lane & 3) * RightStride) + column + (lane >> 2);
        Float4 sum0 = default;
        Float4 sum1 = default;
        Float4 sum2 = default;
        Float4 sum3 = default;
        multiply.Begin();
        Float8 nextLeft = hasRow ? left.LoadEight(operands, arguments, from, leftStep) : default;
        Float8 nextRight = right.LoadEight(operands, arguments, weights, 0, rightStep, firstColumn + rightColumn);
        for (int slab = 0; slab < arguments.Depth; slab += Slab)
        {
            quads[leftQuad] = nextLeft.Low;
            quads[leftQuad + 1] = nextLeft.High;
            quads[rightQuad] = nextRight.Low;
            quads[rightQuad + 1] = nextRight.High;
            Group.Barrier();
            int next = slab + Slab;
            if (next < arguments.Depth)
            {
                nextLeft = hasRow ? left.LoadEight(operands, arguments, from, next + leftStep) : default;
                nextRight = right.LoadEight(operands, arguments, weights, 0, next + rightStep, firstColumn + rightColumn);
            }

            for (int step = 0; step < Slab; step += FragmentSteps)
            {
                int a = leftAt + step;
                int b = rightAt + (step * RightStride);
                var whole = new LeftFragment
                {
                    A0 = floats[a],
                    A1 = floats[a + (8 * LeftStride)],
                    A2 = floats[a + 4],
                    A3 = floats[a + (8 * LeftStride) + 4],
                };
                LeftFragment upper = LeftFragment.Upper(whole);
                LeftFragment rest = LeftFragment.Rest(whole, upper);
                sum0 = Add(multiply, 0, sum0, upper, rest, floats, b);
                sum1 = Add(multiply, 1, sum1, upper, rest, floats, b + 8);
                sum2 = Add(multiply, 2, sum2, upper, rest, floats, b + 16);
                sum3 = Add(multiply, 3, sum3, upper, rest, floats, b + 24);
            }

            Group.Barrier();
        }

        int result = (row * ResultStride) + column + (2 * (lane & 3));
        Put(floats, result, multiply.Finish(0, sum0));
        Put(floats, result + 8, multiply.Finish(1, sum1));
        Put(floats, result + 16, multiply.Finish(2, sum2));
        Put(floats, result + 24, multiply.Finish(3, sum3));
        Group.Barrier();
        for (int i = thread; i < TiledProduct.TileRows * TiledProduct.TileColumns; i += TiledProduct.Threads)
        {
            int target = right.OutputColumn(arguments, firstColumn + (i % TiledProduct.TileColumns));
            int line = firstRow + (i / TiledProduct.TileColumns);
            if (line < arguments.Rows && target >= 0)
            {
                float value = floats[((i / TiledProduct.TileColumns) * ResultStride) + (i % TiledProduct.TileColumns)];
                ProductOutput.Store<TEpilogue>(operands, arguments, 0, line, target, value);
            }
        }
    }

    private static Float4 Add<TMultiply>(
        TMultiply multiply, int which, Float4 sum, LeftFragment upper, LeftFragment rest, ArrayView<float> floats, int at)
        where TMultiply : struct, IMultiply
    {
        float right0 = floats[at];
        float right1 = floats[at + (4 * RightStride)];
        return multiply.MultiplyAdd(which, multiply.MultiplyAdd(which, sum, rest, right0, right1), upper, right0, right1);
    }

    private static void Put(ArrayView<float> floats, int at, Float4 sum)
    {
        floats[at] = sum.X;
        floats[at + 1] = sum.Y;
        floats[at + (8 * ResultStride)] = sum.Z;
        floats[at + (8 * ResultStride) + 1] = sum.W;
    }
}
