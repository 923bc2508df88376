using FlashMem.Backends.ILGPU.Expressions;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Rows;

/// <summary>How two partial results become one; a type argument.</summary>
/// <typeparam name="T">Of the partial results.</typeparam>
internal interface ICombine<T>
    where T : unmanaged
{
    T Combine(T a, T b);
}

internal struct SumFloats : ICombine<float>
{
    public readonly float Combine(float a, float b) => a + b;
}

internal struct MultiplyFloats : ICombine<float>
{
    public readonly float Combine(float a, float b) => a * b;
}

internal struct LargestFloat : ICombine<float>
{
    public readonly float Combine(float a, float b) => FloatOps.Maximum(a, b);
}

internal struct SmallestFloat : ICombine<float>
{
    public readonly float Combine(float a, float b) => FloatOps.Minimum(a, b);
}

internal struct SumIntegers : ICombine<long>
{
    public readonly long Combine(long a, long b) => a + b;
}

internal struct MultiplyIntegers : ICombine<long>
{
    public readonly long Combine(long a, long b) => a * b;
}

internal struct LargestInteger : ICombine<long>
{
    public readonly long Combine(long a, long b) => a > b ? a : b;
}

/// <summary>Device side of reductions over the threads of a group.</summary>
internal static class GroupReduce
{
    /// <summary>Most threads of a group that reduces.</summary>
    public const int MostThreads = 256;

    /// <summary>
    /// Everybody's partial results combined, in an order that only the number of threads decides. All threads of the group call it.
    /// </summary>
    /// <param name="shared">One element per thread.</param>
    /// <param name="value">The calling thread's.</param>
    /// <typeparam name="T">Of the partial results.</typeparam>
    /// <typeparam name="TCombine">How two become one.</typeparam>
    public static T All<T, TCombine>(ArrayView<T> shared, T value)
        where T : unmanaged
        where TCombine : struct, ICombine<T>
    {
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int reach = Group.DimX >> 1; reach > 0; reach >>= 1)
        {
            if (thread < reach)
            {
                shared[thread] = default(TCombine).Combine(shared[thread], shared[thread + reach]);
            }

            Group.Barrier();
        }

        T result = shared[0];
        Group.Barrier();
        return result;
    }
}
