using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>The reductions, one struct each so that every loop is compiled for its operation.</summary>
internal static class ReduceOps
{
    public struct Sum : IReduceOp
    {
        public static float Identity => 0;

        public static T Map<T>(T x)
            where T : struct, ILane<T> => x;

        public static T Combine<T>(T x, T y)
            where T : struct, ILane<T> => x + y;

        public static double Combine(double x, double y) => x + y;
    }

    public struct AbsoluteSum : IReduceOp
    {
        public static float Identity => 0;

        public static T Map<T>(T x)
            where T : struct, ILane<T> => T.Abs(x);

        public static T Combine<T>(T x, T y)
            where T : struct, ILane<T> => x + y;

        public static double Combine(double x, double y) => x + y;
    }

    public struct SquareSum : IReduceOp
    {
        public static float Identity => 0;

        public static T Map<T>(T x)
            where T : struct, ILane<T> => x * x;

        public static T Combine<T>(T x, T y)
            where T : struct, ILane<T> => x + y;

        public static double Combine(double x, double y) => x + y;
    }

    public struct Product : IReduceOp
    {
        public static float Identity => 1;

        public static T Map<T>(T x)
            where T : struct, ILane<T> => x;

        public static T Combine<T>(T x, T y)
            where T : struct, ILane<T> => x * y;

        public static double Combine(double x, double y) => x * y;
    }

    public struct Maximum : IReduceOp
    {
        public static float Identity => float.NegativeInfinity;

        public static T Map<T>(T x)
            where T : struct, ILane<T> => x;

        public static T Combine<T>(T x, T y)
            where T : struct, ILane<T> => T.Max(x, y);

        public static double Combine(double x, double y) => Math.Max(x, y);
    }

    public struct Minimum : IReduceOp
    {
        public static float Identity => float.PositiveInfinity;

        public static T Map<T>(T x)
            where T : struct, ILane<T> => x;

        public static T Combine<T>(T x, T y)
            where T : struct, ILane<T> => T.Min(x, y);

        public static double Combine(double x, double y) => Math.Min(x, y);
    }
}
