using System.Runtime.CompilerServices;
using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>
/// Loops of one primitive over dense floats. A source whose <c>dense</c> flag is false is one value, spread over
/// <see cref="BroadcastFloats"/> floats, read again and again. The destination may be a source.
/// </summary>
internal static unsafe class LaneLoops
{
    /// <summary>Floats of a spread-out scalar: the widest register.</summary>
    public const int BroadcastFloats = 16;

    public static void Unary<TOp>(float* x, bool xDense, float* destination, int count)
        where TOp : struct, IUnaryOp
    {
        switch (LaneWidth.Bits)
        {
            case 512:
                UnaryLoop<TOp, Lane512>(x, xDense, destination, count);
                break;
            case 256:
                UnaryLoop<TOp, Lane256>(x, xDense, destination, count);
                break;
            default:
                UnaryLoop<TOp, Lane128>(x, xDense, destination, count);
                break;
        }
    }

    public static void Binary<TOp>(float* x, bool xDense, float* y, bool yDense, float* destination, int count)
        where TOp : struct, IBinaryOp
    {
        switch (LaneWidth.Bits)
        {
            case 512:
                BinaryLoop<TOp, Lane512>(x, xDense, y, yDense, destination, count);
                break;
            case 256:
                BinaryLoop<TOp, Lane256>(x, xDense, y, yDense, destination, count);
                break;
            default:
                BinaryLoop<TOp, Lane128>(x, xDense, y, yDense, destination, count);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnaryLoop<TOp, T>(float* x, bool xDense, float* destination, int count)
        where TOp : struct, IUnaryOp
        where T : struct, ILane<T>
    {
        int xStep = xDense ? T.Count : 0;
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            T.Store(TOp.Invoke(T.Load(x)), destination + i);
            x += xStep;
        }

        if (i < count)
        {
            float* rest = stackalloc float[BroadcastFloats];
            Take(x, xDense, rest, count - i);
            T.Store(TOp.Invoke(T.Load(rest)), rest);
            Take(rest, true, destination + i, count - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BinaryLoop<TOp, T>(float* x, bool xDense, float* y, bool yDense, float* destination, int count)
        where TOp : struct, IBinaryOp
        where T : struct, ILane<T>
    {
        int xStep = xDense ? T.Count : 0;
        int yStep = yDense ? T.Count : 0;
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            T.Store(TOp.Invoke(T.Load(x), T.Load(y)), destination + i);
            x += xStep;
            y += yStep;
        }

        if (i < count)
        {
            float* xRest = stackalloc float[BroadcastFloats];
            float* yRest = stackalloc float[BroadcastFloats];
            Take(x, xDense, xRest, count - i);
            Take(y, yDense, yRest, count - i);
            T.Store(TOp.Invoke(T.Load(xRest), T.Load(yRest)), xRest);
            Take(xRest, true, destination + i, count - i);
        }
    }

    private static void Take(float* source, bool dense, float* destination, int count)
    {
        for (int i = 0; i < count; i++)
        {
            destination[i] = dense ? source[i] : source[0];
        }
    }
}
