using System.Buffers.Binary;

namespace FlashMem.Runtime.Packing;

/// <summary>
/// The first <see cref="Bytes"/> bytes of a weight file: what it is and how long its sections are. All numbers are little-endian.
/// </summary>
internal sealed record WeightFilePreamble
{
    public const int Bytes = 80;

    /// <summary>Changes whenever a reader of another version would misread the file.</summary>
    public const uint FormatVersion = 1;

    public const int ContentHashBytes = 16;

    private const int ChecksumOffset = 72;

    /// <summary>"FMWEIGHT" as bytes in file order.</summary>
    private static ReadOnlySpan<byte> Magic => "FMWEIGHT"u8;

    /// <summary>Length of the whole file.</summary>
    public required long FileBytes { get; init; }

    /// <summary>First byte of the data section, a multiple of 4096.</summary>
    public required long DataOffset { get; init; }

    /// <summary>Length of the metadata section, which follows the preamble.</summary>
    public required long InfoBytes { get; init; }

    /// <summary>Length of the kernel graph section, which follows the metadata.</summary>
    public required long GraphBytes { get; init; }

    /// <summary>Length of the checksum table, which follows the graph.</summary>
    public required long ChecksumBytes { get; init; }

    /// <summary>XxHash128 of what a run depends on; see <see cref="WeightFileHeader"/>.</summary>
    public required byte[] ContentHash { get; init; }

    /// <summary>XxHash3 of the header without this field.</summary>
    public ulong HeaderChecksum { get; init; }

    /// <summary>Where the header ends, before the padding up to the data section.</summary>
    public long HeaderBytes => Bytes + InfoBytes + GraphBytes + ChecksumBytes;

    /// <summary>The part of the preamble that the header checksum covers.</summary>
    public static ReadOnlySpan<byte> Checked(ReadOnlySpan<byte> header) => header[..ChecksumOffset];

    public void Write(Span<byte> target)
    {
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], FormatVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], Bytes);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], FileBytes);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], DataOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], InfoBytes);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], GraphBytes);
        BinaryPrimitives.WriteInt64LittleEndian(target[48..], ChecksumBytes);
        ContentHash.CopyTo(target[56..]);
        BinaryPrimitives.WriteUInt64LittleEndian(target[ChecksumOffset..], HeaderChecksum);
    }

    /// <summary>Takes the fields as they stand; the reason why they cannot be a preamble is in <paramref name="problem"/>.</summary>
    public static WeightFilePreamble? Read(ReadOnlySpan<byte> source, out string? problem)
    {
        problem = null;
        if (!source[..Magic.Length].SequenceEqual(Magic))
        {
            problem = "is not a weight file: it does not begin with FMWEIGHT";
            return null;
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(source[12..]);
        if (version != FormatVersion || bytes != Bytes)
        {
            problem = $"has format version {version} with a preamble of {bytes} bytes; this version reads {FormatVersion} with {Bytes}";
            return null;
        }

        return new WeightFilePreamble
        {
            FileBytes = BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            DataOffset = BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            InfoBytes = BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
            GraphBytes = BinaryPrimitives.ReadInt64LittleEndian(source[40..]),
            ChecksumBytes = BinaryPrimitives.ReadInt64LittleEndian(source[48..]),
            ContentHash = source.Slice(56, ContentHashBytes).ToArray(),
            HeaderChecksum = BinaryPrimitives.ReadUInt64LittleEndian(source[ChecksumOffset..]),
        };
    }
}
