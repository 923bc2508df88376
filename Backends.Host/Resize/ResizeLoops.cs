using System.Runtime.CompilerServices;
using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Resize;

/// <summary>The inner loop of resampling over dense floats.</summary>
internal static unsafe class ResizeLoops
{
    /// <summary>Writes or, after the first tap, adds weight * x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Blend<T>(float* x, float weight, bool first, float* target, int count)
        where T : struct, ILane<T>
    {
        T factor = T.Broadcast(weight);
        int i = 0;
        if (first)
        {
            for (; i <= count - T.Count; i += T.Count)
            {
                T.Store(T.Load(x + i) * factor, target + i);
            }

            for (; i < count; i++)
            {
                target[i] = x[i] * weight;
            }

            return;
        }

        for (; i <= count - T.Count; i += T.Count)
        {
            T.Store(T.MultiplyAdd(T.Load(x + i), factor, T.Load(target + i)), target + i);
        }

        for (; i < count; i++)
        {
            target[i] = MathF.FusedMultiplyAdd(x[i], weight, target[i]);
        }
    }
}
