using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// Converts between a model's element types and those of activations (Float32 and Int32). Integers and booleans become Int32, floats
/// Float32. An integer outside 32 bits is an error, never a wrapped value.
/// </summary>
internal static class TensorConversion
{
    /// <summary>The activation type that holds a model's element type.</summary>
    public static ElementType ActivationType(ElementType type) => type.IsFloat() ? ElementType.Float32 : ElementType.Int32;

    /// <summary>Converts model elements to activation elements.</summary>
    /// <param name="type">Element type of the source.</param>
    /// <param name="source">Elements in the model's type.</param>
    /// <param name="target">As many elements of <see cref="ActivationType"/>.</param>
    /// <param name="name">Of the tensor, for errors.</param>
    /// <param name="position">Index of the first element in the tensor, for errors.</param>
    public static void ToActivation(ElementType type, ReadOnlySpan<byte> source, Span<byte> target, string name, int position = 0)
    {
        Span<float> floats = MemoryMarshal.Cast<byte, float>(target);
        Span<int> ints = MemoryMarshal.Cast<byte, int>(target);
        switch (type)
        {
            case ElementType.Float32 or ElementType.Int32:
                source.CopyTo(target);
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), floats);
                break;
            case ElementType.Float64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(source), floats);
                break;
            case ElementType.Bool:
                for (int i = 0; i < ints.Length; i++)
                {
                    ints[i] = source[i] != 0 ? 1 : 0;
                }

                break;
            case ElementType.UInt8:
                Narrow<byte>(source, ints, name, position);
                break;
            case ElementType.Int8:
                Narrow<sbyte>(source, ints, name, position);
                break;
            case ElementType.Int16:
                Narrow<short>(source, ints, name, position);
                break;
            case ElementType.UInt16:
                Narrow<ushort>(source, ints, name, position);
                break;
            case ElementType.UInt32:
                Narrow<uint>(source, ints, name, position);
                break;
            case ElementType.Int64:
                Narrow<long>(source, ints, name, position);
                break;
            case ElementType.UInt64:
                Narrow<ulong>(source, ints, name, position);
                break;
            default:
                throw new ModelException($"{name}: element type {type} cannot be bound");
        }
    }

    /// <summary>Converts activation elements to model elements, the inverse of <see cref="ToActivation"/>.</summary>
    public static void FromActivation(ElementType type, ReadOnlySpan<byte> source, Span<byte> target, string name)
    {
        ReadOnlySpan<float> floats = MemoryMarshal.Cast<byte, float>(source);
        ReadOnlySpan<int> ints = MemoryMarshal.Cast<byte, int>(source);
        switch (type)
        {
            case ElementType.Float32 or ElementType.Int32:
                source.CopyTo(target);
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertToHalf(floats, MemoryMarshal.Cast<byte, Half>(target));
                break;
            case ElementType.Float64:
                TensorPrimitives.ConvertTruncating(floats, MemoryMarshal.Cast<byte, double>(target));
                break;
            case ElementType.Bool:
                for (int i = 0; i < ints.Length; i++)
                {
                    target[i] = ints[i] != 0 ? (byte)1 : (byte)0;
                }

                break;
            case ElementType.UInt8:
                Widen<byte>(ints, target);
                break;
            case ElementType.Int8:
                Widen<sbyte>(ints, target);
                break;
            case ElementType.Int16:
                Widen<short>(ints, target);
                break;
            case ElementType.UInt16:
                Widen<ushort>(ints, target);
                break;
            case ElementType.UInt32:
                Widen<uint>(ints, target);
                break;
            case ElementType.Int64:
                Widen<long>(ints, target);
                break;
            case ElementType.UInt64:
                Widen<ulong>(ints, target);
                break;
            default:
                throw new ModelException($"{name}: element type {type} cannot be returned");
        }
    }

    private static void Narrow<T>(ReadOnlySpan<byte> source, Span<int> target, string name, int position)
        where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(source);
        for (int i = 0; i < target.Length; i++)
        {
            int value = int.CreateTruncating(values[i]);
            if (T.CreateTruncating(value) != values[i] || (T.IsNegative(values[i]) != (value < 0)))
            {
                throw new UsageException(string.Create(
                    CultureInfo.InvariantCulture, $"{name}: element {position + i} is {values[i]}, integers must fit 32 bits"));
            }

            target[i] = value;
        }
    }

    private static void Widen<T>(ReadOnlySpan<int> source, Span<byte> target)
        where T : unmanaged, IBinaryInteger<T>
    {
        // Narrow types wrap as ONNX casts do: the model computed in that type.
        Span<T> values = MemoryMarshal.Cast<byte, T>(target);
        for (int i = 0; i < source.Length; i++)
        {
            values[i] = T.CreateTruncating(source[i]);
        }
    }
}
