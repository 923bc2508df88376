using System.Runtime.CompilerServices;

namespace FlashMem.Backends.Host.Simd;

/// <summary>Sums of floats: short float partial sums per register lane, added up in double.</summary>
internal static unsafe class Sums
{
    private const int BlockElements = 1024;

    /// <summary>Sum of (x - center), or of its squares.</summary>
    public static double Of(float* x, long stride, int count, float center, bool squared)
    {
        if (stride != 1)
        {
            return Strided(x, stride, count, center, squared);
        }

        double sum = 0;
        for (int start = 0; start < count; start += BlockElements)
        {
            int length = Math.Min(BlockElements, count - start);
            sum += LaneWidth.Bits switch
            {
                512 => Dense<Lane512>(x + start, length, center, squared),
                256 => Dense<Lane256>(x + start, length, center, squared),
                _ => Dense<Lane128>(x + start, length, center, squared),
            };
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Dense<T>(float* x, int count, float center, bool squared)
        where T : struct, ILane<T>
    {
        T middle = T.Broadcast(center);
        T sum = T.Broadcast(0);
        T sum2 = T.Broadcast(0);
        int i = 0;
        if (squared)
        {
            for (; i <= count - (2 * T.Count); i += 2 * T.Count)
            {
                T a = T.Load(x + i) - middle;
                T b = T.Load(x + i + T.Count) - middle;
                sum = T.MultiplyAdd(a, a, sum);
                sum2 = T.MultiplyAdd(b, b, sum2);
            }
        }
        else
        {
            for (; i <= count - (2 * T.Count); i += 2 * T.Count)
            {
                sum += T.Load(x + i) - middle;
                sum2 += T.Load(x + i + T.Count) - middle;
            }
        }

        return T.Sum(sum + sum2) + Strided(x + i, 1, count - i, center, squared);
    }

    private static double Strided(float* x, long stride, int count, float center, bool squared)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            double deviation = x[i * stride] - center;
            sum += squared ? deviation * deviation : deviation;
        }

        return sum;
    }
}
