using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Cli.Models;

/// <summary>
/// NumPy's .npy format, version 1 and 2, little-endian, C order (numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
/// </summary>
internal static partial class NpyFile
{
    private static readonly (string Descr, ElementType Type)[] Types =
    [
        ("<f4", ElementType.Float32), ("<f2", ElementType.Float16), ("<f8", ElementType.Float64), ("<i4", ElementType.Int32),
        ("<i8", ElementType.Int64), ("|b1", ElementType.Bool), ("|u1", ElementType.UInt8), ("|i1", ElementType.Int8),
    ];

    public static (ElementType Type, Shape Shape, byte[] Data) Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        if (file.Length < 10 || file[0] != 0x93 || !file.AsSpan(1, 5).SequenceEqual("NUMPY"u8) || file[6] is < 1 or > 2)
        {
            throw new UsageException($"'{path}' is not a .npy file of version 1 or 2");
        }

        int headerStart = file[6] == 1 ? 10 : 12;
        long headerLength = file[6] == 1 ? BitConverter.ToUInt16(file, 8) : BitConverter.ToUInt32(file, 8);
        if (headerStart + headerLength > file.Length)
        {
            throw new UsageException($"'{path}' is truncated: its header of {headerLength} bytes does not fit {file.Length}");
        }

        string header = Encoding.Latin1.GetString(file, headerStart, (int)headerLength);
        Match match = HeaderPattern().Match(header);
        ElementType? type = Types.Where(t => t.Descr == match.Groups["descr"].Value).Select(t => (ElementType?)t.Type).FirstOrDefault();
        if (!match.Success || type is null || match.Groups["order"].Value != "False")
        {
            throw new UsageException($"'{path}' holds data that is not supported (C order, little-endian): {header.Trim()}");
        }

        long[] dims = [.. match.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(dim => long.Parse(dim, CultureInfo.InvariantCulture))];
        var shape = new Shape(dims);
        byte[] data = file[(headerStart + (int)headerLength)..];
        if (shape.ElementCount * type.Value.SizeInBytes() != data.Length)
        {
            throw new UsageException($"'{path}' has {data.Length} bytes of data for shape {shape} of {type}");
        }

        return (type.Value, shape, data);
    }

    public static void Write(string path, ElementType type, Shape shape, ReadOnlySpan<byte> data)
    {
        string descr = Types.First(t => t.Type == type).Descr;
        string dims = string.Concat(shape.Dims.Select(dim => string.Create(CultureInfo.InvariantCulture, $"{dim},")));
        string header = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({dims}), }}";
        int padded = (10 + header.Length + 1 + 63) / 64 * 64;
        header = header.PadRight(padded - 11) + "\n";

        using FileStream stream = File.Create(path);
        stream.WriteByte(0x93);
        stream.Write("NUMPY"u8);
        stream.Write([1, 0]);
        ushort length = (ushort)header.Length;
        stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<ushort>(in length)));
        stream.Write(Encoding.Latin1.GetBytes(header));
        stream.Write(data);
    }

    [GeneratedRegex(@"'descr':\s*'(?<descr>[^']+)'.*'fortran_order':\s*(?<order>\w+).*'shape':\s*\((?<shape>[\d,\s]*)\)")]
    private static partial Regex HeaderPattern();
}
