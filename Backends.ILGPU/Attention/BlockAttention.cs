using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Products;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Attention;

/// <summary>
/// A group works on eight queries of a head and as many columns of their result as it has threads. It takes as many keys at a time: each thread
/// scores one key against all eight queries, the group brings the running maxima and sums up to date (the softmax of a stream), then each thread
/// adds the values of its column. Scores never leave shared memory.
/// </summary>
internal static class BlockAttention
{
    /// <summary>Queries of a group.</summary>
    public const int Queries = 8;

    /// <summary>Most threads of a group.</summary>
    public const int MostThreads = 128;

    // Slots of the family, one for each of queries, keys and values: where a head begins, and what is added for a position and an element.
    internal const int HeadWalk = 0;
    internal const int RowWalk = 3;
    internal const int ElementWalk = 6;

    // Elements of the queries that are in shared memory at one time.
    private const int Stretch = 64;

    // Quads of eight floats.
    private const int PerEight = 2;

    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Run<TEpilogue>(KernelOperands operands, AttentionArguments arguments)
        where TEpilogue : struct, IEpilogue
    {
        ArrayView<Float4> query = SharedMemory.Allocate<Float4>(Stretch * PerEight);
        ArrayView<Float4> weights = SharedMemory.Allocate<Float4>(MostThreads * PerEight);
        ArrayView<float> partial = SharedMemory.Allocate<float>(MostThreads * Queries);
        ArrayView<float> maxima = SharedMemory.Allocate<float>(Queries);
        ArrayView<float> sums = SharedMemory.Allocate<float>(Queries);
        ArrayView<Float4> corrections = SharedMemory.Allocate<Float4>(PerEight);
        ArrayView<float> correction = corrections.Cast<float>();
        int thread = Group.IdxX;
        int blocks = (arguments.Queries + Queries - 1) / Queries;
        int head = Grid.IdxX / blocks;
        int firstQuery = (Grid.IdxX - (head * blocks)) * Queries;
        int column = (Grid.IdxY * Group.DimX) + thread;
        bool hasColumn = column < arguments.ValueDepth;
        int firstValue = Head(operands, arguments, 2, head) + Element(operands, arguments, 2, hasColumn ? column : 0, arguments.ValueStep);
        for (int i = thread; i < Queries; i += Group.DimX)
        {
            maxima[i] = -DeviceMath.Infinity;
            sums[i] = 0f;
        }

        Float8 result = default;
        for (int firstKey = 0; firstKey < arguments.Keys; firstKey += Group.DimX)
        {
            int key = firstKey + thread;
            Float8 score = Score(operands, arguments, query, head, firstQuery, key);
            Put(partial, thread, score);
            Combine<Rows.LargestFloat>(partial);
            for (int i = thread; i < Queries; i += Group.DimX)
            {
                float old = maxima[i];
                float now = FloatOps.Maximum(old, partial[i * Group.DimX]);

                // Nothing but masked keys so far: nothing to correct, and no difference of infinities.
                correction[i] = now == -DeviceMath.Infinity ? 1f : DeviceMath.Exp(old - now);
                maxima[i] = now;
            }

            Group.Barrier();
            Float8 weight = Weights(score, maxima, key < arguments.Keys);
            weights[thread * PerEight] = weight.Low;
            weights[(thread * PerEight) + 1] = weight.High;
            Put(partial, thread, weight);
            Combine<Rows.SumFloats>(partial);
            for (int i = thread; i < Queries; i += Group.DimX)
            {
                sums[i] = (sums[i] * correction[i]) + partial[i * Group.DimX];
            }

            result.Low = Multiply(result.Low, corrections[0]);
            result.High = Multiply(result.High, corrections[1]);
            int left = arguments.Keys - firstKey;
            int keys = left < Group.DimX ? left : Group.DimX;
            for (int i = 0; i < keys; i++)
            {
                int row = Row(operands, arguments, 2, firstKey + i, arguments.ValueRowStep);
                float value = Interop.IntAsFloat(operands.Input2[firstValue + row]);
                result.Low = MultiplyAdd(result.Low, value, weights[i * PerEight]);
                result.High = MultiplyAdd(result.High, value, weights[(i * PerEight) + 1]);
            }

            Group.Barrier();
        }

        // Through shared memory, so that the epilogue is there once and not once for each query.
        weights[thread * PerEight] = result.Low;
        weights[(thread * PerEight) + 1] = result.High;
        ArrayView<float> own = weights.Cast<float>();
        int queries = hasColumn ? arguments.Queries - firstQuery : 0;
        for (int i = 0; i < Queries && i < queries; i++)
        {
            int position = (((head * arguments.Queries) + firstQuery + i) * arguments.ValueDepth) + column;
            Result.Store<TEpilogue>(operands, arguments.Header, position, own[(thread * Queries) + i] / sums[i]);
        }
    }

    /// <summary>Scores of a key against the group's queries; minus infinity behind the last key.</summary>
    private static Float8 Score(
        KernelOperands operands, AttentionArguments arguments, ArrayView<Float4> query, int head, int firstQuery, int key)
    {
        bool hasKey = key < arguments.Keys;
        int keyRow = Head(operands, arguments, 1, head) + Row(operands, arguments, 1, hasKey ? key : 0, arguments.KeyRowStep);
        int queryHead = Head(operands, arguments, 0, head);
        ArrayView<float> queryFloats = query.Cast<float>();
        Float8 score = default;
        for (int start = 0; start < arguments.Depth; start += Stretch)
        {
            int left = arguments.Depth - start;
            int length = left < Stretch ? left : Stretch;
            for (int i = Group.IdxX; i < length * Queries; i += Group.DimX)
            {
                int number = firstQuery + (i % Queries);
                int row = Row(operands, arguments, 0, number < arguments.Queries ? number : 0, arguments.QueryRowStep);
                int at = queryHead + row + Element(operands, arguments, 0, start + (i / Queries), arguments.QueryStep);
                queryFloats[i] = number < arguments.Queries ? Interop.IntAsFloat(operands.Input0[at]) : 0f;
            }

            Group.Barrier();
            for (int i = 0; i < length; i++)
            {
                int at = keyRow + Element(operands, arguments, 1, start + i, arguments.KeyStep);
                float element = Interop.IntAsFloat(operands.Input1[at]);
                score.Low = MultiplyAdd(score.Low, element, query[i * PerEight]);
                score.High = MultiplyAdd(score.High, element, query[(i * PerEight) + 1]);
            }

            Group.Barrier();
        }

        int mask = (((head * arguments.Queries) + firstQuery) * arguments.Keys) + key;
        score.Low.X = Finish(operands, arguments, score.Low.X, firstQuery, key, mask);
        score.Low.Y = Finish(operands, arguments, score.Low.Y, firstQuery + 1, key, mask + arguments.Keys);
        score.Low.Z = Finish(operands, arguments, score.Low.Z, firstQuery + 2, key, mask + (2 * arguments.Keys));
        score.Low.W = Finish(operands, arguments, score.Low.W, firstQuery + 3, key, mask + (3 * arguments.Keys));
        score.High.X = Finish(operands, arguments, score.High.X, firstQuery + 4, key, mask + (4 * arguments.Keys));
        score.High.Y = Finish(operands, arguments, score.High.Y, firstQuery + 5, key, mask + (5 * arguments.Keys));
        score.High.Z = Finish(operands, arguments, score.High.Z, firstQuery + 6, key, mask + (6 * arguments.Keys));
        score.High.W = Finish(operands, arguments, score.High.W, firstQuery + 7, key, mask + (7 * arguments.Keys));
        return score;
    }

    private static float Finish(KernelOperands operands, AttentionArguments arguments, float score, int query, int key, int mask)
    {
        if (query >= arguments.Queries || key >= arguments.Keys)
        {
            return -DeviceMath.Infinity;
        }

        float scaled = score * arguments.Scale;
        return arguments.HasMask != 0 ? scaled + Walk.LoadFloat(operands, arguments.Header, 3, mask) : scaled;
    }

    private static Float8 Weights(Float8 score, ArrayView<float> maxima, bool hasKey)
    {
        Float8 result = default;
        if (hasKey)
        {
            result.Low.X = Weight(score.Low.X, maxima[0]);
            result.Low.Y = Weight(score.Low.Y, maxima[1]);
            result.Low.Z = Weight(score.Low.Z, maxima[2]);
            result.Low.W = Weight(score.Low.W, maxima[3]);
            result.High.X = Weight(score.High.X, maxima[4]);
            result.High.Y = Weight(score.High.Y, maxima[5]);
            result.High.Z = Weight(score.High.Z, maxima[6]);
            result.High.W = Weight(score.High.W, maxima[7]);
        }

        return result;
    }

    private static float Weight(float score, float maximum) =>
        maximum == -DeviceMath.Infinity ? 0f : DeviceMath.Exp(score - maximum);

    // A thread's eight numbers, those of a query side by side for all threads.
    private static void Put(ArrayView<float> partial, int thread, Float8 values)
    {
        partial[thread] = values.Low.X;
        partial[Group.DimX + thread] = values.Low.Y;
        partial[(2 * Group.DimX) + thread] = values.Low.Z;
        partial[(3 * Group.DimX) + thread] = values.Low.W;
        partial[(4 * Group.DimX) + thread] = values.High.X;
        partial[(5 * Group.DimX) + thread] = values.High.Y;
        partial[(6 * Group.DimX) + thread] = values.High.Z;
        partial[(7 * Group.DimX) + thread] = values.High.W;
    }

    // Afterwards the first of each query's numbers is all of them combined.
    private static void Combine<TCombine>(ArrayView<float> partial)
        where TCombine : struct, Rows.ICombine<float>
    {
        Group.Barrier();
        for (int reach = Group.DimX >> 1; reach > 0; reach >>= 1)
        {
            for (int i = Group.IdxX; i < reach * Queries; i += Group.DimX)
            {
                int at = ((i / reach) * Group.DimX) + (i % reach);
                partial[at] = default(TCombine).Combine(partial[at], partial[at + reach]);
            }

            Group.Barrier();
        }
    }

    private static int Head(KernelOperands operands, AttentionArguments arguments, int input, int head) =>
        Walk.Address(operands.Table, Walk.FamilyPart(operands.Table, arguments.Header, HeadWalk + input), head);

    private static int Row(KernelOperands operands, AttentionArguments arguments, int input, int position, int step) =>
        arguments.EvenlySpaced != 0
            ? position * step
            : Walk.Address(operands.Table, Walk.FamilyPart(operands.Table, arguments.Header, RowWalk + input), position);

    private static int Element(KernelOperands operands, AttentionArguments arguments, int input, int position, int step) =>
        arguments.EvenlySpaced != 0
            ? position * step
            : Walk.Address(operands.Table, Walk.FamilyPart(operands.Table, arguments.Header, ElementWalk + input), position);

    private static Float4 Multiply(Float4 a, Float4 b) => new() { X = a.X * b.X, Y = a.Y * b.Y, Z = a.Z * b.Z, W = a.W * b.W };

    private static Float4 MultiplyAdd(Float4 sum, float factor, Float4 values) => new()
    {
        X = sum.X + (factor * values.X),
        Y = sum.Y + (factor * values.Y),
        Z = sum.Z + (factor * values.Z),
        W = sum.W + (factor * values.W),
    };
}
