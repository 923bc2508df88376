using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>A reduction that maps every element and combines the results in any order.</summary>
internal interface IReduceOp
{
    /// <summary>The value that changes nothing when combined.</summary>
    static abstract float Identity { get; }

    static abstract T Map<T>(T x)
        where T : struct, ILane<T>;

    static abstract T Combine<T>(T x, T y)
        where T : struct, ILane<T>;

    /// <summary>Combines results of tiles.</summary>
    static abstract double Combine(double x, double y);
}
