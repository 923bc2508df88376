using System.Buffers.Binary;
using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Passes.Editing;

/// <summary>Reads and makes the elements of small constants.</summary>
internal static class ConstantValues
{
    /// <summary>Element as a double; exact for every type but 64-bit integers beyond 2^53.</summary>
    public static double DoubleAt(this ConstantTensor tensor, int index)
    {
        ReadOnlySpan<byte> bytes = tensor.Bytes.AsSpan()[(index * tensor.Type.SizeInBytes())..];
        return tensor.Type switch
        {
            ElementType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            ElementType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            ElementType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
            ElementType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
            ElementType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            _ => tensor.LongAt(index),
        };
    }

    /// <summary>Element of an integer or boolean constant.</summary>
    public static long LongAt(this ConstantTensor tensor, int index)
    {
        ReadOnlySpan<byte> bytes = tensor.Bytes.AsSpan()[(index * tensor.Type.SizeInBytes())..];
        return tensor.Type switch
        {
            ElementType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            ElementType.UInt64 => checked((long)BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
            ElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            ElementType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            ElementType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            ElementType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            ElementType.Int8 => (sbyte)bytes[0],
            ElementType.UInt8 or ElementType.Bool => bytes[0],
            _ => throw new ArgumentException($"{tensor.Type} is not an integer type", nameof(tensor)),
        };
    }

    /// <summary>All elements of an integer or boolean constant.</summary>
    public static long[] Longs(this ConstantTensor tensor)
    {
        var result = new long[tensor.Shape.ElementCount];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = tensor.LongAt(i);
        }

        return result;
    }

    /// <summary>The value that every element has; null when they differ or there are none.</summary>
    public static double? Uniform(this ConstantTensor tensor)
    {
        int size = tensor.Type.SizeInBytes();
        ReadOnlySpan<byte> bytes = tensor.Bytes.AsSpan();
        if (bytes.Length < size)
        {
            return null;
        }

        // Equal neighbours everywhere: the tensor without its last element equals the tensor without its first.
        return bytes[size..].SequenceEqual(bytes[..^size]) ? tensor.DoubleAt(0) : null;
    }

    public static ConstantTensor OfLongs(Shape shape, ReadOnlySpan<long> values)
    {
        var bytes = new byte[values.Length * sizeof(long)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        }

        return new ConstantTensor(ElementType.Int64, shape, ImmutableArray.Create(bytes));
    }

    /// <summary>A scalar of a floating-point type.</summary>
    public static ConstantTensor OfScalar(ElementType type, double value)
    {
        var bytes = new byte[type.SizeInBytes()];
        switch (type)
        {
            case ElementType.Float32:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)value);
                break;
            case ElementType.Float64:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
                break;
            case ElementType.Float16:
                BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);
                break;
            case ElementType.BFloat16:
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, RoundToBFloat16((float)value));
                break;
            default:
                throw new ArgumentException($"{type} is not a floating-point type", nameof(type));
        }

        return new ConstantTensor(type, Shape.Scalar, ImmutableArray.Create(bytes));
    }

    private static ushort RoundToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7FC0 : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
