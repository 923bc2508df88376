using System.Runtime.CompilerServices;
using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Softmax;

/// <summary>The passes of softmax over dense floats. A target may be its source.</summary>
internal static unsafe class SoftmaxLoops
{
    /// <summary>The largest value; negative infinity for none, NaN when there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Maximum<T>(float* x, int count)
        where T : struct, ILane<T>
    {
        T largest = T.Broadcast(float.NegativeInfinity);
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            largest = T.Max(largest, T.Load(x + i));
        }

        float result = T.MaxAcross(largest);
        for (; i < count; i++)
        {
            result = Math.Max(result, x[i]);
        }

        return result;
    }

    /// <summary>Writes scale * e^(x - center) and returns the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Exponentials<T>(float* x, float center, float scale, float* target, int count)
        where T : struct, ILane<T>
    {
        T middle = T.Broadcast(center);
        T factor = T.Broadcast(scale);
        T sum = T.Broadcast(0);
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            T value = SimdMath.Exp(T.Load(x + i) - middle) * factor;
            T.Store(value, target + i);
            sum += value;
        }

        float total = T.Sum(sum);
        if (i < count)
        {
            // The same arithmetic for the rest, so that a value does not depend on its place; the padding's exponentials are 0.
            float* padded = stackalloc float[LaneWidth.MaxFloats];
            new Span<float>(padded, LaneWidth.MaxFloats).Fill(float.NegativeInfinity);
            new ReadOnlySpan<float>(x + i, count - i).CopyTo(new Span<float>(padded, count - i));
            T value = SimdMath.Exp(T.Load(padded) - middle) * factor;
            T.Store(value, padded);
            for (int k = 0; i < count; i++, k++)
            {
                target[i] = padded[k];
                total += padded[k];
            }
        }

        return total;
    }

    /// <summary>Multiplies in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(float* x, float scale, int count)
        where T : struct, ILane<T>
    {
        T factor = T.Broadcast(scale);
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            T.Store(T.Load(x + i) * factor, x + i);
        }

        for (; i < count; i++)
        {
            x[i] *= scale;
        }
    }

    /// <summary>Writes x - center - shift.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Subtract<T>(float* x, float center, float shift, float* target, int count)
        where T : struct, ILane<T>
    {
        T middle = T.Broadcast(center);
        T down = T.Broadcast(shift);
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            T.Store(T.Load(x + i) - middle - down, target + i);
        }

        for (; i < count; i++)
        {
            target[i] = x[i] - center - shift;
        }
    }
}
