using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>Device side of a product's results.</summary>
internal static class ProductOutput
{
    /// <summary>Stores one; row and column of the output are there.</summary>
    public static void Store<TEpilogue>(
        KernelOperands operands, ProductArguments arguments, int batch, int row, int column, float result)
        where TEpilogue : struct, IEpilogue
    {
        int image = row / arguments.Pixels;
        int pixel = row - (image * arguments.Pixels);
        int position = (((image * arguments.Columns) + column) * arguments.Pixels) + pixel;
        Result.Store<TEpilogue>(operands, arguments.Header, (batch * arguments.Rows * arguments.Columns) + position, result);
    }
}
