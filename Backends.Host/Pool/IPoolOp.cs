using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Pool;

/// <summary>How a window's elements are combined.</summary>
internal interface IPoolOp
{
    /// <summary>The value that changes nothing when combined.</summary>
    static abstract float Identity { get; }

    static abstract T Combine<T>(T x, T y)
        where T : struct, ILane<T>;

    static abstract float Combine(float x, float y);
}
