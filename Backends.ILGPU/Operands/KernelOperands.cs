using ILGPU;

namespace FlashMem.Backends.ILGPU.Operands;

/// <summary>
/// A command's memory as kernels see it, passed by value. Words are floats or integers; see <see cref="KernelTable"/> for how they are walked.
/// </summary>
internal struct KernelOperands
{
    /// <summary>Most inputs: three of attention and its mask, and seven of a fused expression.</summary>
    public const int MostInputs = 11;

    public ArrayView<uint> Table;
    public ArrayView<uint> Output;
    public ArrayView<uint> Input0;
    public ArrayView<uint> Input1;
    public ArrayView<uint> Input2;
    public ArrayView<uint> Input3;
    public ArrayView<uint> Input4;
    public ArrayView<uint> Input5;
    public ArrayView<uint> Input6;
    public ArrayView<uint> Input7;
    public ArrayView<uint> Input8;
    public ArrayView<uint> Input9;
    public ArrayView<uint> Input10;

    /// <summary>An input by its slot.</summary>
    public static ArrayView<uint> Input(KernelOperands operands, int slot)
    {
        switch (slot)
        {
            case 0: return operands.Input0;
            case 1: return operands.Input1;
            case 2: return operands.Input2;
            case 3: return operands.Input3;
            case 4: return operands.Input4;
            case 5: return operands.Input5;
            case 6: return operands.Input6;
            case 7: return operands.Input7;
            case 8: return operands.Input8;
            case 9: return operands.Input9;
            default: return operands.Input10;
        }
    }
}
