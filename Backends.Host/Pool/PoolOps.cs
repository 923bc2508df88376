using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Pool;

/// <summary>The ways to combine, one struct each so that every loop is compiled for its operation.</summary>
internal static class PoolOps
{
    public struct Maximum : IPoolOp
    {
        public static float Identity => float.NegativeInfinity;

        public static T Combine<T>(T x, T y)
            where T : struct, ILane<T> => T.Max(x, y);

        public static float Combine(float x, float y) => Math.Max(x, y);
    }

    public struct Sum : IPoolOp
    {
        public static float Identity => 0;

        public static T Combine<T>(T x, T y)
            where T : struct, ILane<T> => x + y;

        public static float Combine(float x, float y) => x + y;
    }
}
