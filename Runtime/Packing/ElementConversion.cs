using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Packing;

/// <summary>Converts runs of elements from a model's types to those of the weight file, to the nearest value, ties to even.</summary>
internal static class ElementConversion
{
    /// <summary>
    /// Converts and says whether some result may be a value that a weight must not have (not finite, out of range); the caller looks
    /// closer then, for a gap between wanted elements may hold anything.
    /// </summary>
    public static bool Convert(ElementType from, ReadOnlySpan<byte> source, ElementType to, Span<byte> target)
    {
        switch (to)
        {
            case ElementType.Float32:
                ToFloat(from, source, MemoryMarshal.Cast<byte, float>(target));
                return SuspectValues.AnyInSingles(MemoryMarshal.Cast<byte, uint>(target));
            case ElementType.Float16:
                ToHalf(from, source, MemoryMarshal.Cast<byte, Half>(target));
                return SuspectValues.AnyInHalves(MemoryMarshal.Cast<byte, ushort>(target));
            case ElementType.Int32:
                return ToInt(from, source, MemoryMarshal.Cast<byte, int>(target));
            default:
                throw Unsupported(from, to);
        }
    }

    /// <summary>One source element as it is, for checks and messages; exact but for 64-bit integers beyond 53 bits.</summary>
    public static double ValueAt(ElementType type, ReadOnlySpan<byte> source, int index) => type switch
    {
        ElementType.Float32 => MemoryMarshal.Cast<byte, float>(source)[index],
        ElementType.Float64 => MemoryMarshal.Cast<byte, double>(source)[index],
        ElementType.Float16 => (double)MemoryMarshal.Cast<byte, Half>(source)[index],
        ElementType.BFloat16 => Widen(MemoryMarshal.Cast<byte, ushort>(source)[index]),
        ElementType.Bool => source[index] == 0 ? 0 : 1,
        ElementType.UInt8 => source[index],
        ElementType.Int8 => (sbyte)source[index],
        ElementType.Int16 => MemoryMarshal.Cast<byte, short>(source)[index],
        ElementType.UInt16 => MemoryMarshal.Cast<byte, ushort>(source)[index],
        ElementType.Int32 => MemoryMarshal.Cast<byte, int>(source)[index],
        ElementType.UInt32 => MemoryMarshal.Cast<byte, uint>(source)[index],
        ElementType.Int64 => MemoryMarshal.Cast<byte, long>(source)[index],
        ElementType.UInt64 => MemoryMarshal.Cast<byte, ulong>(source)[index],
        _ => throw Unsupported(type, ElementType.Float32),
    };

    private static void ToFloat(ElementType from, ReadOnlySpan<byte> source, Span<float> target)
    {
        switch (from)
        {
            case ElementType.Float32:
                source.CopyTo(MemoryMarshal.AsBytes(target));
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), target);
                break;
            case ElementType.BFloat16:
                ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(source);
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = Widen(upper[i]);
                }

                break;
            default:
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = (float)ValueAt(from, source, i);
                }

                break;
        }
    }

    private static void ToHalf(ElementType from, ReadOnlySpan<byte> source, Span<Half> target)
    {
        switch (from)
        {
            case ElementType.Float16:
                source.CopyTo(MemoryMarshal.AsBytes(target));
                break;
            case ElementType.Float32:
                TensorPrimitives.ConvertToHalf(MemoryMarshal.Cast<byte, float>(source), target);
                break;
            default:
                // From double in one step: rounding to single first could round a tie twice.
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = (Half)ValueAt(from, source, i);
                }

                break;
        }
    }

    private static bool ToInt(ElementType from, ReadOnlySpan<byte> source, Span<int> target)
    {
        if (from.IsFloat())
        {
            throw Unsupported(from, ElementType.Int32);
        }

        if (from == ElementType.Int32)
        {
            source.CopyTo(MemoryMarshal.AsBytes(target));
            return false;
        }

        bool suspect = false;
        for (int i = 0; i < target.Length; i++)
        {
            double value = ValueAt(from, source, i);
            suspect |= value is < int.MinValue or > int.MaxValue;
            target[i] = (int)value;
        }

        return suspect;
    }

    private static float Widen(ushort upper) => BitConverter.UInt32BitsToSingle((uint)upper << 16);

    private static ModelException Unsupported(ElementType from, ElementType to) =>
        new($"a weight of type {from} cannot be stored as {to}");
}
