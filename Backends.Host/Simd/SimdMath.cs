using System.Runtime.CompilerServices;

namespace FlashMem.Backends.Host.Simd;

/// <summary>
/// Transcendental functions over a lane. Polynomials are fitted in double to the function named beside them and rounded to float; errors
/// are the largest seen over the interval, rounding included.
/// </summary>
internal static class SimdMath
{
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693145752f;
    private const float Ln2Low = 1.42860677e-6f;

    /// <summary>e^x within 2 units in the last place; 0 below -104, infinity above 88.73, NaN for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x)
        where T : struct, ILane<T>
    {
        // NaN passes because the native minimum and maximum return their second operand then.
        T clamped = T.MinNative(T.Broadcast(89f), T.MaxNative(T.Broadcast(-104f), x));
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
        return T.Scale(p, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x)
        where T : struct, ILane<T>
    {
        T one = T.Broadcast(1f);
        return one / (one + Exp(T.Broadcast(0f) - x));
    }

    /// <summary>erf(x), absolute error below 3e-7, relative error below 3e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Erf<T>(T x)
        where T : struct, ILane<T>
    {
        // erf(x) / x as a quotient of polynomials of x^2 on [-3.92, 3.92], of least relative error; erf is 1 in float beyond.
        T t = T.MinNative(T.Broadcast(3.92f), T.MaxNative(T.Broadcast(-3.92f), x));
        T s = t * t;
        T p = T.Broadcast(2.0500135633483296e-06f);
        p = T.MultiplyAdd(p, s, T.Broadcast(0.00028484954964369535f));
        p = T.MultiplyAdd(p, s, T.Broadcast(0.003764820983633399f));
        p = T.MultiplyAdd(p, s, T.Broadcast(0.052746206521987915f));
        p = T.MultiplyAdd(p, s, T.Broadcast(0.19039008021354675f));
        p = T.MultiplyAdd(p, s, T.Broadcast(1.1283791065216064f));
        T q = T.Broadcast(3.8089212466729805e-05f);
        q = T.MultiplyAdd(q, s, T.Broadcast(0.0011623140890151262f));
        q = T.MultiplyAdd(q, s, T.Broadcast(0.014967630617320538f));
        q = T.MultiplyAdd(q, s, T.Broadcast(0.11410202831029892f));
        q = T.MultiplyAdd(q, s, T.Broadcast(0.5020615458488464f));
        q = T.MultiplyAdd(q, s, T.Broadcast(1f));
        return t * p / q;
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
