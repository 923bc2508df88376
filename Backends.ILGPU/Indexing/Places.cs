using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Operands;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Indexing;

/// <summary>
/// Where an element of indices points to in the data when its index takes the place of one coordinate: as words, the number of axes, the axis,
/// and for each axis the indices' extent and the data's distance between neighbours in row-major order.
/// </summary>
internal static class Places
{
    public static IEnumerable<uint> Words(Shape indices, Shape data, int axis)
    {
        yield return (uint)indices.Rank;
        yield return (uint)axis;
        long[] strides = TensorView.DenseStrides(data);
        for (int i = 0; i < indices.Rank; i++)
        {
            yield return (uint)indices[i];
            yield return (uint)strides[i];
        }
    }

    /// <summary>Logical position in the data.</summary>
    public static int At(ArrayView<uint> table, int places, int position, int index)
    {
        int rank = (int)table[places];
        int axis = (int)table[places + 1];
        int result = 0;
        for (int i = rank - 1; i >= 0; i--)
        {
            int extent = (int)table[places + 2 + (2 * i)];
            int quotient = position / extent;
            result += (i == axis ? index : position - (quotient * extent)) * (int)table[places + 3 + (2 * i)];
            position = quotient;
        }

        return result;
    }
}

/// <summary>
/// Where a tuple of indices points to: as words, its length, and for each component the extent of its axis and the distance between neighbours,
/// counted in slices.
/// </summary>
internal static class Tuples
{
    public static IEnumerable<uint> Words(Shape data, int firstAxis, int length)
    {
        yield return (uint)length;
        for (int i = 0; i < length; i++)
        {
            long stride = 1;
            for (int j = i + 1; j < length; j++)
            {
                stride *= data[firstAxis + j];
            }

            yield return (uint)data[firstAxis + i];
            yield return (uint)stride;
        }
    }

    /// <summary>The slice that a tuple names, among those of its batch.</summary>
    public static int Slice(KernelOperands operands, int header, int tuples, int tuple, ArrayView<uint> fault)
    {
        int length = (int)operands.Table[tuples];
        int slice = 0;
        for (int i = 0; i < length; i++)
        {
            int index = (int)Walk.Load(operands, header, 1, (tuple * length) + i);
            int extent = (int)operands.Table[tuples + 1 + (2 * i)];
            slice += IndexCheck.Normalize(index, extent, fault) * (int)operands.Table[tuples + 2 + (2 * i)];
        }

        return slice;
    }
}
