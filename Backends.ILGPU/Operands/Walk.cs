using ILGPU;

namespace FlashMem.Backends.ILGPU.Operands;

/// <summary>Device side of a table's walks.</summary>
internal static class Walk
{
    /// <summary>Address of a logical position.</summary>
    /// <param name="table">All tables.</param>
    /// <param name="walk">Where the walk begins.</param>
    /// <param name="position">Row-major position in the axes that it covers.</param>
    public static int Address(ArrayView<uint> table, int walk, int position)
    {
        int address = (int)table[walk];
        int count = (int)table[walk + 1];
        int factor = walk + 2 + ((count - 1) * KernelTable.FactorWords);
        uint left = (uint)position;
        for (int i = count - 1; i > 0; i--)
        {
            uint quotient = (uint)(((ulong)left * table[factor + 1]) >> (int)table[factor + 2]);
            address += (int)(left - (quotient * table[factor])) * (int)table[factor + 3];
            left = quotient;
            factor -= KernelTable.FactorWords;
        }

        if (count > 0)
        {
            address += (int)left * (int)table[factor + 3];
        }

        return address;
    }

    /// <summary>Position of the part that a slot names.</summary>
    public static int Part(ArrayView<uint> table, int header, int slot) => header + (int)table[header + slot];

    /// <summary>Position of the part that a slot of the family names.</summary>
    public static int FamilyPart(ArrayView<uint> table, int header, int slot) => Part(table, header, KernelTable.FamilySlot + slot);

    /// <summary>An input's word at a logical position of its own axes.</summary>
    public static uint Load(KernelOperands operands, int header, int slot, int position) =>
        KernelOperands.Input(operands, slot)[Address(operands.Table, Part(operands.Table, header, slot), position)];

    /// <summary>The same as a float.</summary>
    public static float LoadFloat(KernelOperands operands, int header, int slot, int position) =>
        Interop.IntAsFloat(Load(operands, header, slot, position));
}
