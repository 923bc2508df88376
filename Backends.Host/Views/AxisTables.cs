using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.Host.Views;

/// <summary>
/// A view by logical index: one table of element offsets per axis, so that an address is a sum of look-ups however many factors an axis
/// has. Immutable.
/// </summary>
internal sealed class AxisTables
{
    private readonly long[][] tables;
    private readonly long?[] strides;

    public AxisTables(TensorView view)
    {
        Offset = view.Offset;
        tables = [.. view.Axes.Select(Table)];
        strides = [.. tables.Select(FindStride)];
    }

    /// <summary>Offset of logical index zero.</summary>
    public long Offset { get; }

    public int Rank => tables.Length;

    public int Extent(int axis) => tables[axis].Length;

    /// <summary>Offset that index <paramref name="index"/> of an axis adds.</summary>
    public long At(int axis, long index) => tables[axis][index];

    /// <summary>Address of a logical index.</summary>
    public long At(ReadOnlySpan<long> index)
    {
        long address = Offset;
        for (int axis = 0; axis < tables.Length; axis++)
        {
            address += tables[axis][index[axis]];
        }

        return address;
    }

    /// <summary>The one step of an axis; null when it has several.</summary>
    public long? Stride(int axis) => strides[axis];

    private static long? FindStride(long[] table)
    {
        if (table.Length < 2)
        {
            return 1;
        }

        for (int i = 1; i < table.Length; i++)
        {
            if (table[i] - table[i - 1] != table[1])
            {
                return null;
            }
        }

        return table[1];
    }

    private static long[] Table(ImmutableArray<ViewFactor> factors)
    {
        long extent = 1;
        foreach (ViewFactor factor in factors)
        {
            extent *= factor.Extent;
        }

        var table = new long[extent];
        for (long i = 0; i < extent; i++)
        {
            long rest = i;
            for (int f = factors.Length - 1; f >= 0; f--)
            {
                table[i] += rest % factors[f].Extent * factors[f].Stride;
                rest /= factors[f].Extent;
            }
        }

        return table;
    }
}
