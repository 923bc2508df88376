using System.Runtime.CompilerServices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>Reduces one result's floats a register at a time; tiles are combined in double.</summary>
internal sealed unsafe class LaneReduction<TOp, T>(ReduceKernel desc) : IResultReduction
    where TOp : struct, IReduceOp
    where T : struct, ILane<T>
{
    public float Reduce(NestCursor elements, nint start, float* tile)
    {
        double combined = TOp.Identity;
        for (long left = elements.Nest.Count; left > 0; left -= TileStore.TileElements)
        {
            int count = (int)Math.Min(left, TileStore.TileElements);
            float* x = TileLoad.Load(ref elements, 0, start, count, tile);
            combined = ReduceTile(x, count, combined);
        }

        return ReduceResult.Finish(desc.Op, combined, elements.Nest.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double ReduceTile(float* x, int count, double combined)
    {
        T partial = T.Broadcast(TOp.Identity);
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            partial = TOp.Combine(partial, TOp.Map(T.Load(x + i)));
        }

        float* lanes = stackalloc float[LaneWidth.MaxFloats];
        T.Store(partial, lanes);
        for (int k = 0; k < T.Count; k++)
        {
            combined = TOp.Combine(combined, lanes[k]);
        }

        if (i < count)
        {
            new ReadOnlySpan<float>(x + i, count - i).CopyTo(new Span<float>(lanes, LaneWidth.MaxFloats));
            T.Store(TOp.Map(T.Load(lanes)), lanes);
            for (int k = 0; k < count - i; k++)
            {
                combined = TOp.Combine(combined, lanes[k]);
            }
        }

        return combined;
    }
}
