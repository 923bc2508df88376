using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>Device side of reading eight steps of a left-hand side.</summary>
internal static class LeftEight
{
    /// <summary>Side by side on a 16-byte boundary.</summary>
    public static Float8 Wide(KernelOperands operands, int address)
    {
        ArrayView<Words4> blocks = operands.Input0.Cast<Words4>();
        return new Float8 { Low = Float4.Of(blocks[address >> 2]), High = Float4.Of(blocks[(address >> 2) + 1]) };
    }

    /// <summary>One by one; zeros behind the end.</summary>
    public static Float8 Narrow<TLeft>(KernelOperands operands, ProductArguments arguments, LeftRow row, int step)
        where TLeft : struct, ILeft
    {
        TLeft left = default;
        Float8 result = default;
        result.Low.X = step < arguments.Depth ? left.Load(operands, arguments, row, step) : 0f;
        result.Low.Y = step + 1 < arguments.Depth ? left.Load(operands, arguments, row, step + 1) : 0f;
        result.Low.Z = step + 2 < arguments.Depth ? left.Load(operands, arguments, row, step + 2) : 0f;
        result.Low.W = step + 3 < arguments.Depth ? left.Load(operands, arguments, row, step + 3) : 0f;
        result.High.X = step + 4 < arguments.Depth ? left.Load(operands, arguments, row, step + 4) : 0f;
        result.High.Y = step + 5 < arguments.Depth ? left.Load(operands, arguments, row, step + 5) : 0f;
        result.High.Z = step + 6 < arguments.Depth ? left.Load(operands, arguments, row, step + 6) : 0f;
        result.High.W = step + 7 < arguments.Depth ? left.Load(operands, arguments, row, step + 7) : 0f;
        return result;
    }
}
