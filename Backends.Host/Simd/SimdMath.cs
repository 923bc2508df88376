using System.Runtime.CompilerServices;

namespace FlashMem.Backends.Host.Simd;

/// <summary>
/// Transcendental functions over a lane. Polynomials are Chebyshev interpolants of the function named beside them, computed in double
/// and rounded to float; absolute errors are those seen over the interval.
/// </summary>
internal static class SimdMath
{
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693145752f;
    private const float Ln2Low = 1.42860677e-6f;

    /// <summary>e^x within 2 units in the last place; 0 below -104, infinity above 88.73.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x)
        where T : struct, ILane<T>
    {
        T clamped = T.Min(T.Max(x, T.Broadcast(-104f)), T.Broadcast(89f));
        T n = T.Round(clamped * T.Broadcast(Log2E));
        T r = T.MultiplyAdd(n, T.Broadcast(-Ln2High), clamped);
        r = T.MultiplyAdd(n, T.Broadcast(-Ln2Low), r);

        // (e^r - 1 - r) / r^2 on [-ln2 / 2, ln2 / 2].
        T p = T.Broadcast(0.00019890989642590284f);
        p = T.MultiplyAdd(p, r, T.Broadcast(0.001393364742398262f));
        p = T.MultiplyAdd(p, r, T.Broadcast(0.00833331048488617f));
        p = T.MultiplyAdd(p, r, T.Broadcast(0.04166646674275398f));
        p = T.MultiplyAdd(p, r, T.Broadcast(0.1666666716337204f));
        p = T.MultiplyAdd(p, r, T.Broadcast(0.5f));
        p = T.MultiplyAdd(p * r, r, r) + T.Broadcast(1f);

        // Two factors, because 2^n alone leaves the exponent's range at both ends.
        T half = T.Floor(n * T.Broadcast(0.5f));
        T scaled = p * T.PowerOfTwo(half) * T.PowerOfTwo(n - half);
        return T.Select(T.Equals(x, x), scaled, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x)
        where T : struct, ILane<T>
    {
        T one = T.Broadcast(1f);
        return one / (one + Exp(T.Broadcast(0f) - x));
    }

    /// <summary>erf(x), absolute error below 1.5e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Erf<T>(T x)
        where T : struct, ILane<T>
    {
        T magnitude = T.Abs(x);

        // erf(x) / x as a polynomial of x^2 on [0, 1].
        T s = x * x;
        T small = T.Broadcast(-9.667045560490806e-06f);
        small = T.MultiplyAdd(small, s, T.Broadcast(0.00011265959619777277f));
        small = T.MultiplyAdd(small, s, T.Broadcast(-0.0008484080317430198f));
        small = T.MultiplyAdd(small, s, T.Broadcast(0.005221031606197357f));
        small = T.MultiplyAdd(small, s, T.Broadcast(-0.026865430176258087f));
        small = T.MultiplyAdd(small, s, T.Broadcast(0.11283782124519348f));
        small = T.MultiplyAdd(small, s, T.Broadcast(-0.37612637877464294f));
        small = T.MultiplyAdd(small, s, T.Broadcast(1.128379225730896f)) * x;

        // -ln(erfc(t)) as a polynomial of (t - 2.5) / 1.5 on [1, 4]; erf is 1 in float beyond.
        T u = (T.Min(magnitude, T.Broadcast(4f)) - T.Broadcast(2.5f)) * T.Broadcast(1f / 1.5f);
        T g = T.Broadcast(0.00022677074593957514f);
        g = T.MultiplyAdd(g, u, T.Broadcast(-0.0009644521051086485f));
        g = T.MultiplyAdd(g, u, T.Broadcast(0.003191604046151042f));
        g = T.MultiplyAdd(g, u, T.Broadcast(-0.010909195989370346f));
        g = T.MultiplyAdd(g, u, T.Broadcast(0.03664691001176834f));
        g = T.MultiplyAdd(g, u, T.Broadcast(2.1237502098083496f));
        g = T.MultiplyAdd(g, u, T.Broadcast(8.029021263122559f));
        g = T.MultiplyAdd(g, u, T.Broadcast(7.8068156242370605f));
        T large = T.Broadcast(1f) - Exp(T.Broadcast(0f) - g);
        large |= x & T.Broadcast(-0f);

        T result = T.Select(T.LessThan(magnitude, T.Broadcast(1f)), small, large);
        return T.Select(T.Equals(x, x), result, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x)
        where T : struct, ILane<T>
    {
        // (tanh(x) / x - 1) / x^2 as a polynomial of x^2 on [0, 0.4].
        T s = x * x;
        T small = T.Broadcast(-0.006045165006071329f);
        small = T.MultiplyAdd(small, s, T.Broadcast(0.020961329340934753f));
        small = T.MultiplyAdd(small, s, T.Broadcast(-0.053843263536691666f));
        small = T.MultiplyAdd(small, s, T.Broadcast(0.1333271861076355f));
        small = T.MultiplyAdd(small, s, T.Broadcast(-0.333333283662796f));
        small = T.MultiplyAdd(small * s, x, x);

        T one = T.Broadcast(1f);
        T large = one - (T.Broadcast(2f) / (Exp(x + x) + one));
        return T.Select(T.LessThan(s, T.Broadcast(0.4f)), small, large);
    }

    /// <summary>x * sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Silu<T>(T x)
        where T : struct, ILane<T> => x / (T.Broadcast(1f) + Exp(T.Broadcast(0f) - x));

    /// <summary>0.5 x (1 + erf(x / sqrt 2)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gelu<T>(T x)
        where T : struct, ILane<T>
    {
        T half = x * T.Broadcast(0.5f);
        return T.MultiplyAdd(half, Erf(x * T.Broadcast(0.70710678f)), half);
    }

    /// <summary>
    /// 0.5 x (1 + tanh(u)) with u = sqrt(2 / pi) (x + 0.044715 x^3), computed as x * sigmoid(2 u), which is the same function.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T GeluTanh<T>(T x)
        where T : struct, ILane<T>
    {
        T cubic = T.MultiplyAdd(x * x, T.Broadcast(2f * 0.7978845608f * 0.044715f), T.Broadcast(2f * 0.7978845608f));
        return x / (T.Broadcast(1f) + Exp(T.Broadcast(0f) - (cubic * x)));
    }
}
