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

    /// <summary>One by one; zeros behind the end. A loop: eight copies of finding an address would be most of a kernel's code.</summary>
    public static Float8 Narrow<TLeft>(KernelOperands operands, ProductArguments arguments, LeftRow row, int step)
        where TLeft : struct, ILeft
    {
        TLeft left = default;
        Float8 eight = default;
        for (int i = 0; i < Float8.Count; i++)
        {
            eight = Float8.With(eight, i, step + i < arguments.Depth ? left.Load(operands, arguments, row, step + i) : 0f);
        }

        return eight;
    }
}
