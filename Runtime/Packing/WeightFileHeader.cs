using System.IO.Hashing;
using System.Text;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Packing;

/// <summary>Puts a header together and computes its two hashes.</summary>
internal static class WeightFileHeader
{
    /// <summary>
    /// Everything before the data section: preamble, metadata, graph, checksum table, then zeros up to the data section.
    /// </summary>
    public static byte[] Write(WeightFileInfo info, ReadOnlySpan<byte> graph, ReadOnlySpan<byte> checksums)
    {
        byte[] metadata = WeightFileInfoJson.Write(info);
        long dataOffset = DataOffset(metadata.Length, graph.Length, checksums.Length);
        var header = new byte[dataOffset];
        metadata.CopyTo(header, WeightFilePreamble.Bytes);
        graph.CopyTo(header.AsSpan(WeightFilePreamble.Bytes + metadata.Length));
        checksums.CopyTo(header.AsSpan(WeightFilePreamble.Bytes + metadata.Length + graph.Length));
        var preamble = new WeightFilePreamble
        {
            FileBytes = checked(dataOffset + info.DataBytes),
            DataOffset = dataOffset,
            InfoBytes = metadata.Length,
            GraphBytes = graph.Length,
            ChecksumBytes = checksums.Length,
            ContentHash = ContentHash(info, graph, checksums),
        };
        preamble.Write(header);
        (preamble with { HeaderChecksum = Checksum(header, preamble) }).Write(header);
        return header;
    }

    /// <summary>Where the data section starts after sections of these lengths.</summary>
    public static long DataOffset(long infoBytes, long graphBytes, long checksumBytes) =>
        Alignment.Up(checked(WeightFilePreamble.Bytes + infoBytes + graphBytes + checksumBytes), Alignment.Block);

    /// <summary>XxHash3 over the preamble up to this checksum and over the sections after it.</summary>
    public static ulong Checksum(ReadOnlySpan<byte> header, WeightFilePreamble preamble)
    {
        var hash = new XxHash3();
        hash.Append(WeightFilePreamble.Checked(header));
        hash.Append(header[WeightFilePreamble.Bytes..(int)preamble.HeaderBytes]);
        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>
    /// Identifies what a run computes with: format, model, layout, graph and (through their checksums) all weight bytes. Where the weights
    /// came from and which version packed them are left out.
    /// </summary>
    public static byte[] ContentHash(WeightFileInfo info, ReadOnlySpan<byte> graph, ReadOnlySpan<byte> checksums)
    {
        var hash = new XxHash128();
        string facts = $"{WeightFilePreamble.FormatVersion} {info.ModelHash} {info.TargetChunkBytes} {info.DataBytes} {graph.Length}\n";
        hash.Append(Encoding.UTF8.GetBytes(facts));
        hash.Append(graph);
        hash.Append(checksums);
        return hash.GetCurrentHash();
    }
}
