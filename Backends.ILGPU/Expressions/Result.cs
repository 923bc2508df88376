using FlashMem.Backends.ILGPU.Operands;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Expressions;

/// <summary>Device side of storing results.</summary>
internal static class Result
{
    /// <summary>Applies the epilogue and stores at a logical position of the output.</summary>
    public static void Store<TEpilogue>(KernelOperands operands, int header, int position, uint result)
        where TEpilogue : struct, IEpilogue
    {
        uint stored = default(TEpilogue).Apply(operands, header, position, result);
        int address = Walk.Address(operands.Table, Walk.Part(operands.Table, header, KernelTable.OutputSlot), position);
        operands.Output[address] = stored;
    }

    public static void Store<TEpilogue>(KernelOperands operands, int header, int position, float result)
        where TEpilogue : struct, IEpilogue =>
        Store<TEpilogue>(operands, header, position, Interop.FloatAsInt(result));
}
