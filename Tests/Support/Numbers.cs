using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Tests.Support;

/// <summary>Constant tensors as doubles and back.</summary>
internal static class Numbers
{
    public static double[] Of(ConstantTensor tensor)
    {
        byte[] bytes = [.. tensor.Bytes];
        return tensor.Type switch
        {
            ElementType.Float32 => Convert<float>(bytes, value => value),
            ElementType.Float64 => Convert<double>(bytes, value => value),
            ElementType.Float16 => Convert<Half>(bytes, value => (double)value),
            ElementType.BFloat16 => Convert<ushort>(bytes, value => BitConverter.Int32BitsToSingle(value << 16)),
            ElementType.Int64 => Convert<long>(bytes, value => value),
            ElementType.Int32 => Convert<int>(bytes, value => value),
            ElementType.Int16 => Convert<short>(bytes, value => value),
            ElementType.Int8 => Convert<sbyte>(bytes, value => value),
            ElementType.UInt64 => Convert<ulong>(bytes, value => value),
            ElementType.UInt32 => Convert<uint>(bytes, value => value),
            ElementType.UInt16 => Convert<ushort>(bytes, value => value),
            _ => Convert<byte>(bytes, value => value),
        };
    }

    /// <summary>Integers wrap to the type's width, as a narrowing copy of 32-bit values does.</summary>
    public static ConstantTensor To(ElementType type, Shape shape, IEnumerable<double> values)
    {
        byte[] bytes = type switch
        {
            ElementType.Float32 => Bytes(values, value => (float)value),
            ElementType.Float64 => Bytes(values, value => value),
            ElementType.Float16 => Bytes(values, value => (Half)value),
            ElementType.BFloat16 => Bytes(values, value => Truncated((float)value)),
            ElementType.Int64 => Bytes(values, value => (long)value),
            ElementType.Int32 => Bytes(values, value => unchecked((int)(long)value)),
            ElementType.Int16 => Bytes(values, value => unchecked((short)(long)value)),
            ElementType.Int8 => Bytes(values, value => unchecked((sbyte)(long)value)),
            ElementType.UInt64 => Bytes(values, value => unchecked((ulong)(uint)(long)value)),
            ElementType.UInt32 => Bytes(values, value => unchecked((uint)(long)value)),
            ElementType.UInt16 => Bytes(values, value => unchecked((ushort)(long)value)),
            ElementType.UInt8 => Bytes(values, value => unchecked((byte)(long)value)),
            ElementType.Bool => Bytes(values, value => (byte)(value != 0 ? 1 : 0)),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
        };
        return new ConstantTensor(type, shape, [.. bytes]);
    }

    public static ConstantTensor Floats(Shape shape, params ReadOnlySpan<float> values) =>
        new(ElementType.Float32, shape, [.. MemoryMarshal.AsBytes(values)]);

    public static ConstantTensor Longs(params ReadOnlySpan<long> values) =>
        new(ElementType.Int64, new Shape(values.Length), [.. MemoryMarshal.AsBytes(values)]);

    private static ushort Truncated(float value) => (ushort)(BitConverter.SingleToInt32Bits(value) >> 16);

    private static double[] Convert<T>(byte[] bytes, Func<T, double> convert)
        where T : struct => [.. MemoryMarshal.Cast<byte, T>(bytes).ToArray().Select(convert)];

    private static byte[] Bytes<T>(IEnumerable<double> values, Func<double, T> convert)
        where T : struct => MemoryMarshal.AsBytes<T>(values.Select(convert).ToArray()).ToArray();
}
