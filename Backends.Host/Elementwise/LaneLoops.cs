using System.Runtime.CompilerServices;
using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>Vectorised loops with the shape of <see cref="TileLoop"/>; the rest of a tile goes through one padded register.</summary>
internal static unsafe class LaneLoops
{
    /// <summary>Floats of a padded register, whatever its width.</summary>
    public const int BroadcastFloats = LaneWidth.MaxFloats;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unary<TOp, T>(TileSource* a, TileSource* b, TileSource* c, float* destination, int count)
        where TOp : struct, IUnaryOp
        where T : struct, ILane<T>
    {
        float* x = a->Pointer;
        nint xStep = a->Step * T.Count;
        float* last = destination + count - T.Count;
        for (; destination <= last; destination += T.Count)
        {
            T.Store(TOp.Invoke(T.Load(x)), destination);
            x += xStep;
        }

        int rest = (int)(last - destination) + T.Count;
        if (rest > 0)
        {
            float* padded = stackalloc float[BroadcastFloats];
            T.Store(TOp.Invoke(Part<T>(x, xStep, rest, padded)), padded);
            Move(padded, destination, rest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Binary<TOp, T>(TileSource* a, TileSource* b, TileSource* c, float* destination, int count)
        where TOp : struct, IBinaryOp
        where T : struct, ILane<T>
    {
        float* x = a->Pointer;
        float* y = b->Pointer;
        nint xStep = a->Step * T.Count;
        nint yStep = b->Step * T.Count;
        float* last = destination + count - T.Count;
        for (; destination <= last; destination += T.Count)
        {
            T.Store(TOp.Invoke(T.Load(x), T.Load(y)), destination);
            x += xStep;
            y += yStep;
        }

        int rest = (int)(last - destination) + T.Count;
        if (rest > 0)
        {
            float* padded = stackalloc float[BroadcastFloats];
            T left = Part<T>(x, xStep, rest, padded);
            T right = Part<T>(y, yStep, rest, padded);
            T.Store(TOp.Invoke(left, right), padded);
            Move(padded, destination, rest);
        }
    }

    /// <summary>Source a where source c is not zero, else source b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Select<T>(TileSource* a, TileSource* b, TileSource* c, float* destination, int count)
        where T : struct, ILane<T>
    {
        float* x = a->Pointer;
        float* y = b->Pointer;
        float* z = c->Pointer;
        nint xStep = a->Step * T.Count;
        nint yStep = b->Step * T.Count;
        nint zStep = c->Step * T.Count;
        float* last = destination + count - T.Count;
        for (; destination <= last; destination += T.Count)
        {
            T.Store(T.Select(T.IsNonZeroBits(T.Load(z)), T.Load(x), T.Load(y)), destination);
            x += xStep;
            y += yStep;
            z += zStep;
        }

        int rest = (int)(last - destination) + T.Count;
        if (rest > 0)
        {
            float* padded = stackalloc float[BroadcastFloats];
            T left = Part<T>(x, xStep, rest, padded);
            T right = Part<T>(y, yStep, rest, padded);
            T.Store(T.Select(T.IsNonZeroBits(Part<T>(z, zStep, rest, padded)), left, right), padded);
            Move(padded, destination, rest);
        }
    }

    // A register of which the first elements are the source's; nothing is read beyond them.
    private static T Part<T>(float* source, nint step, int count, float* padded)
        where T : struct, ILane<T>
    {
        if (step == 0)
        {
            return T.Load(source);
        }

        Move(source, padded, count);
        return T.Load(padded);
    }

    private static void Move(float* source, float* destination, int count)
    {
        for (int i = 0; i < count; i++)
        {
            destination[i] = source[i];
        }
    }
}
