using System.Runtime.CompilerServices;

namespace FlashMem.Backends.Host.Panels;

/// <summary>
/// Register tiles: a few rows by two vectors of columns, held in registers over the whole depth. Per depth step a tile loads two vectors
/// of the right-hand panel and broadcasts one float per row. The rows are written out because the JIT keeps locals, not arrays, in
/// registers. Every sum adds its products in depth order, whichever tile computes it.
/// </summary>
/// <remarks>
/// Arguments: <c>left</c> row 0 of the tile and <c>step</c> floats per depth step; <c>right</c> a panel whose depth steps are
/// <see cref="TileShape.PanelWidth"/> floats apart; <c>result</c> with rows <c>stride</c> floats apart, added to when <c>accumulate</c>.
/// </remarks>
internal static unsafe class TileKernels<TLanes, TVector, TLeft>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TLeft : struct, ILeftLayout
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows12(float* left, nint step, float* right, int depth, float* result, nint stride, bool accumulate)
    {
        TVector x0 = default, y0 = default;
        TVector x1 = default, y1 = default;
        TVector x2 = default, y2 = default;
        TVector x3 = default, y3 = default;
        TVector x4 = default, y4 = default;
        TVector x5 = default, y5 = default;
        TVector x6 = default, y6 = default;
        TVector x7 = default, y7 = default;
        TVector x8 = default, y8 = default;
        TVector x9 = default, y9 = default;
        TVector x10 = default, y10 = default;
        TVector x11 = default, y11 = default;
        for (; depth > 0; depth--)
        {
            TVector right0 = TLanes.Load(right);
            TVector right1 = TLanes.Load(right + TLanes.Count);
            TVector value = TLanes.Broadcast(left);
            x0 = TLanes.MultiplyAdd(value, right0, x0);
            y0 = TLanes.MultiplyAdd(value, right1, y0);
            value = TLanes.Broadcast(left + TLeft.RowStride);
            x1 = TLanes.MultiplyAdd(value, right0, x1);
            y1 = TLanes.MultiplyAdd(value, right1, y1);
            value = TLanes.Broadcast(left + (2 * TLeft.RowStride));
            x2 = TLanes.MultiplyAdd(value, right0, x2);
            y2 = TLanes.MultiplyAdd(value, right1, y2);
            value = TLanes.Broadcast(left + (3 * TLeft.RowStride));
            x3 = TLanes.MultiplyAdd(value, right0, x3);
            y3 = TLanes.MultiplyAdd(value, right1, y3);
            value = TLanes.Broadcast(left + (4 * TLeft.RowStride));
            x4 = TLanes.MultiplyAdd(value, right0, x4);
            y4 = TLanes.MultiplyAdd(value, right1, y4);
            value = TLanes.Broadcast(left + (5 * TLeft.RowStride));
            x5 = TLanes.MultiplyAdd(value, right0, x5);
            y5 = TLanes.MultiplyAdd(value, right1, y5);
            value = TLanes.Broadcast(left + (6 * TLeft.RowStride));
            x6 = TLanes.MultiplyAdd(value, right0, x6);
            y6 = TLanes.MultiplyAdd(value, right1, y6);
            value = TLanes.Broadcast(left + (7 * TLeft.RowStride));
            x7 = TLanes.MultiplyAdd(value, right0, x7);
            y7 = TLanes.MultiplyAdd(value, right1, y7);
            value = TLanes.Broadcast(left + (8 * TLeft.RowStride));
            x8 = TLanes.MultiplyAdd(value, right0, x8);
            y8 = TLanes.MultiplyAdd(value, right1, y8);
            value = TLanes.Broadcast(left + (9 * TLeft.RowStride));
            x9 = TLanes.MultiplyAdd(value, right0, x9);
            y9 = TLanes.MultiplyAdd(value, right1, y9);
            value = TLanes.Broadcast(left + (10 * TLeft.RowStride));
            x10 = TLanes.MultiplyAdd(value, right0, x10);
            y10 = TLanes.MultiplyAdd(value, right1, y10);
            value = TLanes.Broadcast(left + (11 * TLeft.RowStride));
            x11 = TLanes.MultiplyAdd(value, right0, x11);
            y11 = TLanes.MultiplyAdd(value, right1, y11);
            left += step;
            right += TileShape.PanelWidth;
        }

        Finish(result, x0, y0, accumulate);
        Finish(result + stride, x1, y1, accumulate);
        Finish(result + (2 * stride), x2, y2, accumulate);
        Finish(result + (3 * stride), x3, y3, accumulate);
        Finish(result + (4 * stride), x4, y4, accumulate);
        Finish(result + (5 * stride), x5, y5, accumulate);
        Finish(result + (6 * stride), x6, y6, accumulate);
        Finish(result + (7 * stride), x7, y7, accumulate);
        Finish(result + (8 * stride), x8, y8, accumulate);
        Finish(result + (9 * stride), x9, y9, accumulate);
        Finish(result + (10 * stride), x10, y10, accumulate);
        Finish(result + (11 * stride), x11, y11, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows8(float* left, nint step, float* right, int depth, float* result, nint stride, bool accumulate)
    {
        TVector x0 = default, y0 = default;
        TVector x1 = default, y1 = default;
        TVector x2 = default, y2 = default;
        TVector x3 = default, y3 = default;
        TVector x4 = default, y4 = default;
        TVector x5 = default, y5 = default;
        TVector x6 = default, y6 = default;
        TVector x7 = default, y7 = default;
        for (; depth > 0; depth--)
        {
            TVector right0 = TLanes.Load(right);
            TVector right1 = TLanes.Load(right + TLanes.Count);
            TVector value = TLanes.Broadcast(left);
            x0 = TLanes.MultiplyAdd(value, right0, x0);
            y0 = TLanes.MultiplyAdd(value, right1, y0);
            value = TLanes.Broadcast(left + TLeft.RowStride);
            x1 = TLanes.MultiplyAdd(value, right0, x1);
            y1 = TLanes.MultiplyAdd(value, right1, y1);
            value = TLanes.Broadcast(left + (2 * TLeft.RowStride));
            x2 = TLanes.MultiplyAdd(value, right0, x2);
            y2 = TLanes.MultiplyAdd(value, right1, y2);
            value = TLanes.Broadcast(left + (3 * TLeft.RowStride));
            x3 = TLanes.MultiplyAdd(value, right0, x3);
            y3 = TLanes.MultiplyAdd(value, right1, y3);
            value = TLanes.Broadcast(left + (4 * TLeft.RowStride));
            x4 = TLanes.MultiplyAdd(value, right0, x4);
            y4 = TLanes.MultiplyAdd(value, right1, y4);
            value = TLanes.Broadcast(left + (5 * TLeft.RowStride));
            x5 = TLanes.MultiplyAdd(value, right0, x5);
            y5 = TLanes.MultiplyAdd(value, right1, y5);
            value = TLanes.Broadcast(left + (6 * TLeft.RowStride));
            x6 = TLanes.MultiplyAdd(value, right0, x6);
            y6 = TLanes.MultiplyAdd(value, right1, y6);
            value = TLanes.Broadcast(left + (7 * TLeft.RowStride));
            x7 = TLanes.MultiplyAdd(value, right0, x7);
            y7 = TLanes.MultiplyAdd(value, right1, y7);
            left += step;
            right += TileShape.PanelWidth;
        }

        Finish(result, x0, y0, accumulate);
        Finish(result + stride, x1, y1, accumulate);
        Finish(result + (2 * stride), x2, y2, accumulate);
        Finish(result + (3 * stride), x3, y3, accumulate);
        Finish(result + (4 * stride), x4, y4, accumulate);
        Finish(result + (5 * stride), x5, y5, accumulate);
        Finish(result + (6 * stride), x6, y6, accumulate);
        Finish(result + (7 * stride), x7, y7, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows6(float* left, nint step, float* right, int depth, float* result, nint stride, bool accumulate)
    {
        TVector x0 = default, y0 = default;
        TVector x1 = default, y1 = default;
        TVector x2 = default, y2 = default;
        TVector x3 = default, y3 = default;
        TVector x4 = default, y4 = default;
        TVector x5 = default, y5 = default;
        for (; depth > 0; depth--)
        {
            TVector right0 = TLanes.Load(right);
            TVector right1 = TLanes.Load(right + TLanes.Count);
            TVector value = TLanes.Broadcast(left);
            x0 = TLanes.MultiplyAdd(value, right0, x0);
            y0 = TLanes.MultiplyAdd(value, right1, y0);
            value = TLanes.Broadcast(left + TLeft.RowStride);
            x1 = TLanes.MultiplyAdd(value, right0, x1);
            y1 = TLanes.MultiplyAdd(value, right1, y1);
            value = TLanes.Broadcast(left + (2 * TLeft.RowStride));
            x2 = TLanes.MultiplyAdd(value, right0, x2);
            y2 = TLanes.MultiplyAdd(value, right1, y2);
            value = TLanes.Broadcast(left + (3 * TLeft.RowStride));
            x3 = TLanes.MultiplyAdd(value, right0, x3);
            y3 = TLanes.MultiplyAdd(value, right1, y3);
            value = TLanes.Broadcast(left + (4 * TLeft.RowStride));
            x4 = TLanes.MultiplyAdd(value, right0, x4);
            y4 = TLanes.MultiplyAdd(value, right1, y4);
            value = TLanes.Broadcast(left + (5 * TLeft.RowStride));
            x5 = TLanes.MultiplyAdd(value, right0, x5);
            y5 = TLanes.MultiplyAdd(value, right1, y5);
            left += step;
            right += TileShape.PanelWidth;
        }

        Finish(result, x0, y0, accumulate);
        Finish(result + stride, x1, y1, accumulate);
        Finish(result + (2 * stride), x2, y2, accumulate);
        Finish(result + (3 * stride), x3, y3, accumulate);
        Finish(result + (4 * stride), x4, y4, accumulate);
        Finish(result + (5 * stride), x5, y5, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows4(float* left, nint step, float* right, int depth, float* result, nint stride, bool accumulate)
    {
        TVector x0 = default, y0 = default;
        TVector x1 = default, y1 = default;
        TVector x2 = default, y2 = default;
        TVector x3 = default, y3 = default;
        for (; depth > 0; depth--)
        {
            TVector right0 = TLanes.Load(right);
            TVector right1 = TLanes.Load(right + TLanes.Count);
            TVector value = TLanes.Broadcast(left);
            x0 = TLanes.MultiplyAdd(value, right0, x0);
            y0 = TLanes.MultiplyAdd(value, right1, y0);
            value = TLanes.Broadcast(left + TLeft.RowStride);
            x1 = TLanes.MultiplyAdd(value, right0, x1);
            y1 = TLanes.MultiplyAdd(value, right1, y1);
            value = TLanes.Broadcast(left + (2 * TLeft.RowStride));
            x2 = TLanes.MultiplyAdd(value, right0, x2);
            y2 = TLanes.MultiplyAdd(value, right1, y2);
            value = TLanes.Broadcast(left + (3 * TLeft.RowStride));
            x3 = TLanes.MultiplyAdd(value, right0, x3);
            y3 = TLanes.MultiplyAdd(value, right1, y3);
            left += step;
            right += TileShape.PanelWidth;
        }

        Finish(result, x0, y0, accumulate);
        Finish(result + stride, x1, y1, accumulate);
        Finish(result + (2 * stride), x2, y2, accumulate);
        Finish(result + (3 * stride), x3, y3, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows2(float* left, nint step, float* right, int depth, float* result, nint stride, bool accumulate)
    {
        TVector x0 = default, y0 = default;
        TVector x1 = default, y1 = default;
        for (; depth > 0; depth--)
        {
            TVector right0 = TLanes.Load(right);
            TVector right1 = TLanes.Load(right + TLanes.Count);
            TVector value = TLanes.Broadcast(left);
            x0 = TLanes.MultiplyAdd(value, right0, x0);
            y0 = TLanes.MultiplyAdd(value, right1, y0);
            value = TLanes.Broadcast(left + TLeft.RowStride);
            x1 = TLanes.MultiplyAdd(value, right0, x1);
            y1 = TLanes.MultiplyAdd(value, right1, y1);
            left += step;
            right += TileShape.PanelWidth;
        }

        Finish(result, x0, y0, accumulate);
        Finish(result + stride, x1, y1, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows1(float* left, nint step, float* right, int depth, float* result, nint stride, bool accumulate)
    {
        TVector x0 = default, y0 = default;
        for (; depth > 0; depth--)
        {
            TVector right0 = TLanes.Load(right);
            TVector right1 = TLanes.Load(right + TLanes.Count);
            TVector value = TLanes.Broadcast(left);
            x0 = TLanes.MultiplyAdd(value, right0, x0);
            y0 = TLanes.MultiplyAdd(value, right1, y0);
            left += step;
            right += TileShape.PanelWidth;
        }

        Finish(result, x0, y0, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(float* result, TVector x, TVector y, bool accumulate)
    {
        if (accumulate)
        {
            x = TLanes.Add(TLanes.Load(result), x);
            y = TLanes.Add(TLanes.Load(result + TLanes.Count), y);
        }

        TLanes.Store(x, result);
        TLanes.Store(y, result + TLanes.Count);
    }
}
