using System.Globalization;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>Names of types and literals in OpenCL C.</summary>
internal static class ClTypes
{
    /// <summary>Type of a value of an element type once it is loaded: halves are computed as floats.</summary>
    /// <param name="type">Float32, Int32 or Float16.</param>
    /// <param name="width">1 for a scalar, else 2, 4, 8 or 16.</param>
    public static string Value(ElementType type, int width = 1) => Suffixed(type == ElementType.Int32 ? "int" : "float", width);

    /// <summary>Type of an element in memory.</summary>
    public static string Memory(ElementType type) => type switch
    {
        ElementType.Float32 => "float",
        ElementType.Int32 => "int",
        ElementType.Float16 => "half",
        _ => throw new DeviceException($"OpenCL kernels do not read or write {type}"),
    };

    /// <summary>
    /// An element, or a vector of neighbours, as a value: halves become floats, which takes <see cref="ClSource.Halves"/> of the width.
    /// </summary>
    /// <param name="type">Type in memory.</param>
    /// <param name="pointer">A C expression.</param>
    /// <param name="at">Index of the first element.</param>
    /// <param name="width">1 for a scalar, else 2, 4, 8 or 16.</param>
    public static string Load(ElementType type, string pointer, string at, int width = 1) => (type, width) switch
    {
        (ElementType.Float16, _) => $"{Suffixed("load_half", width)}({at}, {pointer})",
        (_, 1) => $"{pointer}[{at}]",
        _ => $"vload{Number(width)}(0, {pointer} + {at})",
    };

    /// <summary>The statement that stores a value there; halves are rounded to nearest even.</summary>
    public static string Store(ElementType type, string pointer, string at, string value, int width = 1) => (type, width) switch
    {
        (ElementType.Float16, _) => $"{Suffixed("store_half", width)}({value}, {at}, {pointer})",
        (_, 1) => $"{pointer}[{at}] = {value}",
        _ => $"vstore{Number(width)}({value}, 0, {pointer} + {at})",
    };

    /// <summary>A name with the width behind it, none for scalars: <c>float4</c>, <c>vload4</c>.</summary>
    public static string Suffixed(string name, int width) => width == 1 ? name : name + Number(width);

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A float that reads back as the same bits; NaN and infinities by their names.</summary>
    public static string Float(float value)
    {
        if (float.IsNaN(value))
        {
            return "NAN";
        }

        if (float.IsInfinity(value))
        {
            return value > 0 ? "INFINITY" : "-INFINITY";
        }

        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0f" : text + "f";
    }

    public static string Int(int value) => value == int.MinValue ? "(-2147483647 - 1)" : Number(value);
}
