using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Lowering;

/// <summary>Reads elements of small constant tensors as numbers.</summary>
internal static class ConstantNumbers
{
    public static double Number(this ConstantTensor tensor, long index)
    {
        ReadOnlySpan<byte> bytes = tensor.Bytes.AsSpan();
        int at = checked((int)index);
        return tensor.Type switch
        {
            ElementType.Float32 => MemoryMarshal.Cast<byte, float>(bytes)[at],
            ElementType.Float64 => MemoryMarshal.Cast<byte, double>(bytes)[at],
            ElementType.Float16 => (double)MemoryMarshal.Cast<byte, Half>(bytes)[at],
            ElementType.BFloat16 => BitConverter.Int32BitsToSingle(MemoryMarshal.Cast<byte, ushort>(bytes)[at] << 16),
            _ => tensor.Integer(index),
        };
    }

    public static long Integer(this ConstantTensor tensor, long index)
    {
        ReadOnlySpan<byte> bytes = tensor.Bytes.AsSpan();
        int at = checked((int)index);
        return tensor.Type switch
        {
            ElementType.Int64 => MemoryMarshal.Cast<byte, long>(bytes)[at],
            ElementType.Int32 => MemoryMarshal.Cast<byte, int>(bytes)[at],
            ElementType.Bool or ElementType.UInt8 => bytes[at],
            ElementType.Int8 => (sbyte)bytes[at],
            ElementType.Int16 => MemoryMarshal.Cast<byte, short>(bytes)[at],
            ElementType.UInt16 => MemoryMarshal.Cast<byte, ushort>(bytes)[at],
            ElementType.UInt32 => MemoryMarshal.Cast<byte, uint>(bytes)[at],
            ElementType.UInt64 => checked((long)MemoryMarshal.Cast<byte, ulong>(bytes)[at]),
            _ => (long)tensor.Number(index),
        };
    }

    /// <summary>True when every element has the same bytes; looked for in small tensors only.</summary>
    public static bool IsUniform(this ConstantTensor tensor)
    {
        int size = tensor.Type.SizeInBytes();
        ReadOnlySpan<byte> bytes = tensor.Bytes.AsSpan();
        if (bytes.Length < size || bytes.Length > 64 << 10)
        {
            return false;
        }

        return bytes[size..].SequenceEqual(bytes[..^size]);
    }

    /// <summary>A dense Int32 constant.</summary>
    public static ConstantTensor FromInts(Shape shape, ReadOnlySpan<int> values) =>
        new(ElementType.Int32, shape, [.. MemoryMarshal.AsBytes(values)]);

    /// <summary>A dense Int64 constant.</summary>
    public static ConstantTensor FromLongs(Shape shape, ReadOnlySpan<long> values) =>
        new(ElementType.Int64, shape, [.. MemoryMarshal.AsBytes(values)]);
}
