using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>A vectorised primitive of one source.</summary>
internal interface IUnaryOp
{
    static abstract T Invoke<T>(T x)
        where T : struct, ILane<T>;
}

/// <summary>A vectorised primitive of two sources.</summary>
internal interface IBinaryOp
{
    static abstract T Invoke<T>(T x, T y)
        where T : struct, ILane<T>;
}

/// <summary>The vectorised float primitives, one struct each so that every loop is compiled for its operation.</summary>
internal static class LaneOps
{
    public struct Copy : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => x;
    }

    public struct Negate : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => x ^ T.Broadcast(-0f);
    }

    public struct Absolute : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.Abs(x);
    }

    public struct Reciprocal : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.Broadcast(1f) / x;
    }

    public struct SquareRoot : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.Sqrt(x);
    }

    public struct Exponential : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => SimdMath.Exp(x);
    }

    public struct ErrorFunction : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => SimdMath.Erf(x);
    }

    public struct HyperbolicTangent : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => SimdMath.Tanh(x);
    }

    public struct Sigmoid : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => SimdMath.Sigmoid(x);
    }

    public struct Silu : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => SimdMath.Silu(x);
    }

    public struct Gelu : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => SimdMath.Gelu(x);
    }

    public struct GeluTanh : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => SimdMath.GeluTanh(x);
    }

    /// <summary>Keeps NaN: only values below zero are replaced.</summary>
    public struct Relu : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.Select(T.LessThan(x, T.Broadcast(0f)), T.Broadcast(0f), x);
    }

    public struct Floor : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.Floor(x);
    }

    public struct Ceiling : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.Ceiling(x);
    }

    public struct Round : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.Round(x);
    }

    public struct Add : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => x + y;
    }

    public struct Subtract : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => x - y;
    }

    public struct Multiply : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => x * y;
    }

    public struct Divide : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => x / y;
    }

    public struct Minimum : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.Min(x, y);
    }

    public struct Maximum : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.Max(x, y);
    }

    public struct Square : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => x * x;
    }

    public struct Cube : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => x * x * x;
    }

    /// <summary>-1, 0 or 1; zero and NaN stay as they are.</summary>
    public struct Sign : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.Select(
                T.LessThan(T.Broadcast(0f), x), T.Broadcast(1f), T.Select(T.LessThan(x, T.Broadcast(0f)), T.Broadcast(-1f), x));
    }
}
