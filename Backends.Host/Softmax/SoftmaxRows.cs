using System.Runtime.CompilerServices;
using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Softmax;

/// <summary>Softmax of one dense row in place.</summary>
internal static unsafe class SoftmaxRows
{
    /// <summary>Exponentials relative to the row's maximum over their sum; or x - max - log(sum).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<T>(float* row, int count, bool logarithm)
        where T : struct, ILane<T>
    {
        float max = Max<T>(row, count);
        T center = T.Broadcast(max);
        double sum = 0;
        int i = 0;
        T partial = T.Broadcast(0);
        for (; i <= count - T.Count; i += T.Count)
        {
            T e = SimdMath.Exp(T.Load(row + i) - center);
            partial += e;
            if (!logarithm)
            {
                T.Store(e, row + i);
            }
        }

        sum = T.Sum(partial);
        for (; i < count; i++)
        {
            float e = MathF.Exp(row[i] - max);
            sum += e;
            if (!logarithm)
            {
                row[i] = e;
            }
        }

        float scale = logarithm ? max + (float)Math.Log(sum) : (float)(1 / sum);
        T factor = T.Broadcast(scale);
        for (i = 0; i <= count - T.Count; i += T.Count)
        {
            T value = T.Load(row + i);
            T.Store(logarithm ? value - factor : value * factor, row + i);
        }

        for (; i < count; i++)
        {
            row[i] = logarithm ? row[i] - scale : row[i] * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Max<T>(float* row, int count)
        where T : struct, ILane<T>
    {
        float max = float.NegativeInfinity;
        int i = 0;
        if (count >= T.Count)
        {
            T largest = T.Load(row);
            for (i = T.Count; i <= count - T.Count; i += T.Count)
            {
                largest = T.Max(largest, T.Load(row + i));
            }

            max = T.MaxAcross(largest);
        }

        for (; i < count; i++)
        {
            max = MathF.Max(max, row[i]);
        }

        return max;
    }
}
