namespace FlashMem.Backends.Host.Simd;

/// <summary>
/// A vector register of floats of one width. Kernels are written once over a lane and the JIT compiles them for each width in use;
/// <see cref="LaneWidth"/> says which one this machine runs. Masks are lanes of all-ones or all-zero bits.
/// </summary>
internal unsafe interface ILane<T>
    where T : struct, ILane<T>
{
    /// <summary>Floats per register.</summary>
    static abstract int Count { get; }

    static abstract T Broadcast(float value);

    static abstract T Load(float* source);

    static abstract void Store(T value, float* destination);

    static abstract T operator +(T left, T right);

    static abstract T operator -(T left, T right);

    static abstract T operator *(T left, T right);

    static abstract T operator /(T left, T right);

    static abstract T operator &(T left, T right);

    static abstract T operator |(T left, T right);

    static abstract T operator ^(T left, T right);

    /// <summary>a * b + c, rounded once where the hardware can.</summary>
    static abstract T MultiplyAdd(T a, T b, T c);

    /// <summary>The smaller; NaN when either is.</summary>
    static abstract T Min(T left, T right);

    /// <summary>The larger; NaN when either is.</summary>
    static abstract T Max(T left, T right);

    /// <summary>The smaller, in one instruction; when either is NaN, any of the two.</summary>
    static abstract T MinNative(T left, T right);

    /// <summary>The larger, in one instruction; when either is NaN, any of the two.</summary>
    static abstract T MaxNative(T left, T right);

    static abstract T Abs(T value);

    static abstract T Sqrt(T value);

    static abstract T Floor(T value);

    static abstract T Ceiling(T value);

    /// <summary>To the nearest integer, halves to even.</summary>
    static abstract T Round(T value);

    static abstract T Equals(T left, T right);

    static abstract T LessThan(T left, T right);

    static abstract T LessThanOrEqual(T left, T right);

    /// <summary><paramref name="left"/> where the mask is set, else <paramref name="right"/>.</summary>
    static abstract T Select(T mask, T left, T right);

    /// <summary>Mask of the lanes whose bits are not all zero: an Int32 boolean register read as a condition.</summary>
    static abstract T IsNonZeroBits(T value);

    /// <summary>value * 2^exponent, for an integral exponent in [-160, 160] and a value near 1; rounded once.</summary>
    static abstract T Scale(T value, T exponent);

    /// <summary>Sum of the lanes' bits as Int32, as are the results of the other methods named so.</summary>
    static abstract T AddInt(T left, T right);

    static abstract T SubtractInt(T left, T right);

    static abstract T MultiplyInt(T left, T right);

    static abstract T MinInt(T left, T right);

    static abstract T MaxInt(T left, T right);

    static abstract T EqualsInt(T left, T right);

    static abstract T LessThanInt(T left, T right);

    /// <summary>Int32 bits to the nearest float.</summary>
    static abstract T ToFloat(T value);

    /// <summary>Truncated toward zero to Int32 bits; values outside saturate, NaN gives 0.</summary>
    static abstract T ToInt(T value);

    static abstract float Sum(T value);

    static abstract float MaxAcross(T value);
}
