using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Conversions between element types with the semantics of ONNX Cast.</summary>
internal static class Conversion
{
    /// <summary>
    /// Converts a tensor: integers wrap, floats are truncated to integers and rounded to nearest even between float types.
    /// </summary>
    public static ConstantTensor To(ConstantTensor tensor, ElementType type)
    {
        if (tensor.Type == type)
        {
            return tensor;
        }

        bool real = tensor.Type.IsFloat() || type.IsFloat();

        // UInt64 values above the range of Int64 need the detour through double only when the target is a float.
        return real && !(tensor.Type == ElementType.UInt64 && !type.IsFloat())
            ? FromDouble(type, tensor.Shape, ToDouble(tensor))
            : FromInt64(type, tensor.Shape, ToInt64(tensor));
    }

    public static double[] ToDouble(ConstantTensor tensor)
    {
        var result = new double[tensor.Shape.ElementCount];
        switch (tensor.Type)
        {
            case ElementType.Float32:
                Read<float>(tensor, result, value => value);
                break;
            case ElementType.Float64:
                tensor.Span<double>().CopyTo(result);
                break;
            case ElementType.Float16:
                Read<Half>(tensor, result, value => (double)value);
                break;
            case ElementType.BFloat16:
                Read<ushort>(tensor, result, value => BitConverter.Int32BitsToSingle(value << 16));
                break;
            case ElementType.UInt64:
                Read<ulong>(tensor, result, value => value);
                break;
            default:
                long[] integers = ToInt64(tensor);
                for (int i = 0; i < result.Length; i++)
                {
                    result[i] = integers[i];
                }

                break;
        }

        return result;
    }

    public static long[] ToInt64(ConstantTensor tensor)
    {
        var result = new long[tensor.Shape.ElementCount];
        switch (tensor.Type)
        {
            case ElementType.Int64 or ElementType.UInt64:
                tensor.Span<long>().CopyTo(result);
                break;
            case ElementType.Int32:
                Read<int>(tensor, result, value => value);
                break;
            case ElementType.UInt32:
                Read<uint>(tensor, result, value => value);
                break;
            case ElementType.Int16:
                Read<short>(tensor, result, value => value);
                break;
            case ElementType.UInt16:
                Read<ushort>(tensor, result, value => value);
                break;
            case ElementType.Int8:
                Read<sbyte>(tensor, result, value => value);
                break;
            case ElementType.UInt8:
                Read<byte>(tensor, result, value => value);
                break;
            case ElementType.Bool:
                Read<byte>(tensor, result, value => value != 0 ? 1 : 0);
                break;
            default:
                double[] reals = ToDouble(tensor);
                for (int i = 0; i < result.Length; i++)
                {
                    result[i] = (long)reals[i];
                }

                break;
        }

        return result;
    }

    public static ConstantTensor FromDouble(ElementType type, Shape shape, ReadOnlySpan<double> values)
    {
        byte[] bytes = Constants.Allocate(type, shape);
        switch (type)
        {
            case ElementType.Float32:
                Write(values, bytes, value => (float)value);
                break;
            case ElementType.Float64:
                MemoryMarshal.AsBytes(values).CopyTo(bytes);
                break;
            case ElementType.Float16:
                Write(values, bytes, value => (Half)value);
                break;
            case ElementType.BFloat16:
                Write(values, bytes, ToBFloat16);
                break;
            case ElementType.UInt64:
                Write(values, bytes, value => value >= 0 ? (ulong)value : (ulong)(long)value);
                break;
            case ElementType.Bool:
                Write(values, bytes, value => (byte)(value != 0 ? 1 : 0));
                break;
            default:
                var integers = new long[values.Length];
                for (int i = 0; i < integers.Length; i++)
                {
                    integers[i] = (long)values[i];
                }

                return FromInt64(type, shape, integers);
        }

        return Constants.Own(type, shape, bytes);
    }

    public static ConstantTensor FromInt64(ElementType type, Shape shape, ReadOnlySpan<long> values)
    {
        byte[] bytes = Constants.Allocate(type, shape);
        switch (type)
        {
            case ElementType.Int64 or ElementType.UInt64:
                MemoryMarshal.AsBytes(values).CopyTo(bytes);
                break;
            case ElementType.Int32 or ElementType.UInt32:
                Write(values, bytes, value => (int)value);
                break;
            case ElementType.Int16 or ElementType.UInt16:
                Write(values, bytes, value => (short)value);
                break;
            case ElementType.Int8 or ElementType.UInt8:
                Write(values, bytes, value => (sbyte)value);
                break;
            case ElementType.Bool:
                Write(values, bytes, value => (byte)(value != 0 ? 1 : 0));
                break;
            default:
                var reals = new double[values.Length];
                for (int i = 0; i < reals.Length; i++)
                {
                    reals[i] = values[i];
                }

                return FromDouble(type, shape, reals);
        }

        return Constants.Own(type, shape, bytes);
    }

    private static ushort ToBFloat16(double value)
    {
        if (double.IsNaN(value))
        {
            return 0x7FC0;
        }

        uint bits = BitConverter.SingleToUInt32Bits((float)value);
        uint rounding = 0x7FFF + ((bits >> 16) & 1);
        return (ushort)((bits + rounding) >> 16);
    }

    private static void Read<T>(ConstantTensor tensor, double[] target, Func<T, double> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> source = tensor.Span<T>();
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = convert(source[i]);
        }
    }

    private static void Read<T>(ConstantTensor tensor, long[] target, Func<T, long> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> source = tensor.Span<T>();
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = convert(source[i]);
        }
    }

    private static void Write<TSource, TTarget>(ReadOnlySpan<TSource> values, byte[] bytes, Func<TSource, TTarget> convert)
        where TTarget : unmanaged
    {
        Span<TTarget> target = MemoryMarshal.Cast<byte, TTarget>(bytes.AsSpan());
        for (int i = 0; i < values.Length; i++)
        {
            target[i] = convert(values[i]);
        }
    }
}
