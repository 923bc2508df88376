using System.Runtime.CompilerServices;
using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Normalize;

/// <summary>The inner loops of normalisation over dense floats.</summary>
internal static unsafe class NormalizeLoops
{
    /// <summary>Sum of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Sum<T>(float* x, int count)
        where T : struct, ILane<T>
    {
        T even = T.Broadcast(0);
        T odd = T.Broadcast(0);
        int i = 0;
        for (; i <= count - (2 * T.Count); i += 2 * T.Count)
        {
            even += T.Load(x + i);
            odd += T.Load(x + i + T.Count);
        }

        double sum = T.Sum(even + odd);
        for (; i < count; i++)
        {
            sum += x[i];
        }

        return sum;
    }

    /// <summary>Sum of a tile's squared distances from a center.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SquaredDeviations<T>(float* x, float center, int count)
        where T : struct, ILane<T>
    {
        T middle = T.Broadcast(center);
        T even = T.Broadcast(0);
        T odd = T.Broadcast(0);
        int i = 0;
        for (; i <= count - (2 * T.Count); i += 2 * T.Count)
        {
            T first = T.Load(x + i) - middle;
            T second = T.Load(x + i + T.Count) - middle;
            even = T.MultiplyAdd(first, first, even);
            odd = T.MultiplyAdd(second, second, odd);
        }

        double sum = T.Sum(even + odd);
        for (; i < count; i++)
        {
            double deviation = x[i] - center;
            sum += deviation * deviation;
        }

        return sum;
    }

    /// <summary>Adds a row of values to a row of sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRow<T>(float* x, float* sums, int count)
        where T : struct, ILane<T>
    {
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            T.Store(T.Load(sums + i) + T.Load(x + i), sums + i);
        }

        for (; i < count; i++)
        {
            sums[i] += x[i];
        }
    }

    /// <summary>Adds the squares of a row's distances from a row of centers to a row of sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddSquaredRow<T>(float* x, float* centers, float* sums, int count)
        where T : struct, ILane<T>
    {
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            T deviation = T.Load(x + i) - T.Load(centers + i);
            T.Store(T.MultiplyAdd(deviation, deviation, T.Load(sums + i)), sums + i);
        }

        for (; i < count; i++)
        {
            float deviation = x[i] - centers[i];
            sums[i] = MathF.FusedMultiplyAdd(deviation, deviation, sums[i]);
        }
    }

    /// <summary>Writes (x - center) * factor + shift, all row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AffineRow<T>(float* x, float* centers, float* factors, float* shifts, float* target, int count)
        where T : struct, ILane<T>
    {
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            T value = T.MultiplyAdd(T.Load(x + i) - T.Load(centers + i), T.Load(factors + i), T.Load(shifts + i));
            T.Store(value, target + i);
        }

        for (; i < count; i++)
        {
            target[i] = MathF.FusedMultiplyAdd(x[i] - centers[i], factors[i], shifts[i]);
        }
    }
}
