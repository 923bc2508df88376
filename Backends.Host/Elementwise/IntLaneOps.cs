using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>
/// The vectorised primitives that read or write Int32 registers, which travel as floats by their bits. Truth is 1 and 0; any bits that
/// are not all zero read as true.
/// </summary>
internal static class IntLaneOps
{
    public struct Add : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.AddInt(x, y);
    }

    public struct Subtract : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.SubtractInt(x, y);
    }

    public struct Multiply : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.MultiplyInt(x, y);
    }

    public struct Minimum : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.MinInt(x, y);
    }

    public struct Maximum : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.MaxInt(x, y);
    }

    public struct Negate : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.SubtractInt(T.Broadcast(0f), x);
    }

    public struct Absolute : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.MaxInt(x, T.SubtractInt(T.Broadcast(0f), x));
    }

    public struct Relu : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.MaxInt(x, T.Broadcast(0f));
    }

    /// <summary>A mask is -1 as an integer.</summary>
    public struct Sign : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.SubtractInt(T.LessThanInt(x, T.Broadcast(0f)), T.LessThanInt(T.Broadcast(0f), x));
    }

    public struct Equal : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.EqualsInt(x, y) & One<T>();
    }

    public struct Less : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.LessThanInt(x, y) & One<T>();
    }

    public struct LessOrEqual : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => Not(T.LessThanInt(y, x));
    }

    public struct Greater : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.LessThanInt(y, x) & One<T>();
    }

    public struct GreaterOrEqual : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => Not(T.LessThanInt(x, y));
    }

    public struct And : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.IsNonZeroBits(x) & T.IsNonZeroBits(y) & One<T>();
    }

    public struct Or : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.IsNonZeroBits(x | y) & One<T>();
    }

    public struct Xor : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => (T.IsNonZeroBits(x) ^ T.IsNonZeroBits(y)) & One<T>();
    }

    public struct LogicalNot : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.EqualsInt(x, T.Broadcast(0f)) & One<T>();
    }

    public struct FloatEqual : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.Equals(x, y) & One<T>();
    }

    public struct FloatLess : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.LessThan(x, y) & One<T>();
    }

    public struct FloatLessOrEqual : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.LessThanOrEqual(x, y) & One<T>();
    }

    public struct FloatGreater : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.LessThan(y, x) & One<T>();
    }

    public struct FloatGreaterOrEqual : IBinaryOp
    {
        public static T Invoke<T>(T x, T y)
            where T : struct, ILane<T> => T.LessThanOrEqual(y, x) & One<T>();
    }

    public struct IsNaN : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => Not(T.Equals(x, x));
    }

    /// <summary>What IsNaN is on integers.</summary>
    public struct Never : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.Broadcast(0f);
    }

    public struct ToFloat : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.ToFloat(x);
    }

    public struct ToInt : IUnaryOp
    {
        public static T Invoke<T>(T x)
            where T : struct, ILane<T> => T.ToInt(x);
    }

    private static T One<T>()
        where T : struct, ILane<T> => T.Broadcast(BitConverter.Int32BitsToSingle(1));

    private static T Not<T>(T mask)
        where T : struct, ILane<T> => T.EqualsInt(mask, T.Broadcast(0f)) & One<T>();
}
