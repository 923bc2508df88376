using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FlashMem.Backends.Host.Panels;

/// <summary>Multiplies a block of rows by one panel block, choosing register tiles for the machine and the remainders.</summary>
internal static unsafe class TileProduct
{
    /// <summary>
    /// result[r, c] (+)= sum over depth of left[r, d] * right[d, c] for the first <paramref name="columns"/> columns of a panel; whole
    /// vectors are written, so columns up to the panel's width may be overwritten with the products of the panel's padding.
    /// </summary>
    /// <param name="left">Row 0; rows lie as <typeparamref name="TLeft"/> says.</param>
    /// <param name="step">Floats of left per depth step.</param>
    /// <param name="rows">Rows of left and result.</param>
    /// <param name="right">Panel block; a depth step is <see cref="TileShape.PanelWidth"/> floats.</param>
    /// <param name="depth">Depth steps.</param>
    /// <param name="columns">1 to <see cref="TileShape.PanelWidth"/>.</param>
    /// <param name="result">Row 0 of the result.</param>
    /// <param name="stride">Floats between result rows.</param>
    /// <param name="accumulate">Adds to the result instead of replacing it.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TLeft>(
        float* left, nint step, int rows, float* right, int depth, int columns, float* result, nint stride, bool accumulate)
        where TLeft : struct, ILeftLayout
    {
        if (Vector512.IsHardwareAccelerated)
        {
            // 32 vector registers exist, so 12 rows also fit the half-wide tile for panels of at most 16 columns.
            if (columns > Vector512<float>.Count)
            {
                LargeTiles<Lanes512, Vector512<float>, TLeft>(left, step, rows, right, depth, result, stride, accumulate);
            }
            else
            {
                LargeTiles<Lanes256, Vector256<float>, TLeft>(left, step, rows, right, depth, result, stride, accumulate);
            }

            return;
        }

        int width = 2 * (Vector256.IsHardwareAccelerated ? Vector256<float>.Count : Vector128<float>.Count);
        for (int column = 0; column < columns; column += width)
        {
            if (Vector256.IsHardwareAccelerated)
            {
                SmallTiles<Lanes256, Vector256<float>, TLeft>(
                    left, step, rows, right + column, depth, result + column, stride, accumulate);
            }
            else
            {
                SmallTiles<Lanes128, Vector128<float>, TLeft>(
                    left, step, rows, right + column, depth, result + column, stride, accumulate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LargeTiles<TLanes, TVector, TLeft>(
        float* left, nint step, int rows, float* right, int depth, float* result, nint stride, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TLeft : struct, ILeftLayout
    {
        for (; rows >= 12; rows -= 12)
        {
            TileKernels<TLanes, TVector, TLeft>.Rows12(left, step, right, depth, result, stride, accumulate);
            left += 12 * TLeft.RowStride;
            result += 12 * stride;
        }

        if (rows >= 8)
        {
            TileKernels<TLanes, TVector, TLeft>.Rows8(left, step, right, depth, result, stride, accumulate);
            left += 8 * TLeft.RowStride;
            result += 8 * stride;
            rows -= 8;
        }

        Remainder<TLanes, TVector, TLeft>(left, step, rows, right, depth, result, stride, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SmallTiles<TLanes, TVector, TLeft>(
        float* left, nint step, int rows, float* right, int depth, float* result, nint stride, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TLeft : struct, ILeftLayout
    {
        for (; rows >= 6; rows -= 6)
        {
            TileKernels<TLanes, TVector, TLeft>.Rows6(left, step, right, depth, result, stride, accumulate);
            left += 6 * TLeft.RowStride;
            result += 6 * stride;
        }

        Remainder<TLanes, TVector, TLeft>(left, step, rows, right, depth, result, stride, accumulate);
    }

    // At most 7 rows.
    private static void Remainder<TLanes, TVector, TLeft>(
        float* left, nint step, int rows, float* right, int depth, float* result, nint stride, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TLeft : struct, ILeftLayout
    {
        if (rows >= 4)
        {
            TileKernels<TLanes, TVector, TLeft>.Rows4(left, step, right, depth, result, stride, accumulate);
            left += 4 * TLeft.RowStride;
            result += 4 * stride;
            rows -= 4;
        }

        if (rows >= 2)
        {
            TileKernels<TLanes, TVector, TLeft>.Rows2(left, step, right, depth, result, stride, accumulate);
            left += 2 * TLeft.RowStride;
            result += 2 * stride;
            rows -= 2;
        }

        if (rows == 1)
        {
            TileKernels<TLanes, TVector, TLeft>.Rows1(left, step, right, depth, result, stride, accumulate);
        }
    }
}
