using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Programs;

/// <summary>A command's memory as kernels see it.</summary>
internal static class OperandBinding
{
    /// <summary>Slots without an input get the table, which every kernel may read.</summary>
    public static KernelOperands Bind(DispatchCommand command, ArrayView<uint> table)
    {
        ImmutableArray<MemoryRange> inputs = command.Inputs;
        ArrayView<uint> Input(int slot) => slot < inputs.Length ? Words(inputs[slot]) : table;
        return new KernelOperands
        {
            Table = table,
            Output = Words(command.Output),
            Input0 = Input(0),
            Input1 = Input(1),
            Input2 = Input(2),
            Input3 = Input(3),
            Input4 = Input(4),
            Input5 = Input(5),
            Input6 = Input(6),
            Input7 = Input(7),
            Input8 = Input(8),
            Input9 = Input(9),
            Input10 = Input(10),
        };
    }

    private static ArrayView<uint> Words(MemoryRange range) => ((DeviceMemory)range.Memory).Words(range.Offset);
}
