using System.Buffers.Binary;
using System.Text;
using FlashMem.Abstractions.Errors;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Graph.Import.Wire;

/// <summary>
/// Reads protobuf wire format from a file through one bounded buffer. Length-delimited payloads can be skipped without being read, so
/// a model with gigabytes of inline weights costs no more than its graph. Every fault is a <see cref="ModelException"/> with the byte
/// position. The file handle belongs to the caller.
/// </summary>
internal sealed class WireReader
{
    private const int BufferBytes = 64 * 1024;
    private const int LongestVarint = 10;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly SafeFileHandle file;
    private readonly string name;
    private readonly byte[] buffer = new byte[BufferBytes];
    private long bufferStart;
    private int bufferCount;

    /// <param name="file">Readable handle; stays open.</param>
    /// <param name="length">Bytes of the file.</param>
    /// <param name="name">File name for errors.</param>
    public WireReader(SafeFileHandle file, long length, string name)
    {
        this.file = file;
        this.name = name;
        Limit = length;
    }

    /// <summary>Byte offset of the next read.</summary>
    public long Position { get; private set; }

    /// <summary>End of the message being read; nothing reads past it.</summary>
    public long Limit { get; private set; }

    /// <summary>Reads the next field's key; false at the end of the current message.</summary>
    public bool NextField(out int field, out WireType wire)
    {
        field = 0;
        wire = default;
        if (Position == Limit)
        {
            return false;
        }

        ulong key = ReadRawVarint();
        wire = (WireType)(key & 7);
        ulong number = key >> 3;
        if (number is 0 or > 536_870_911)
        {
            throw Malformed($"field number {number}");
        }

        if (wire is not (WireType.Varint or WireType.Fixed64 or WireType.LengthDelimited or WireType.Fixed32))
        {
            throw Malformed($"wire type {(int)wire} in field {number}");
        }

        field = (int)number;
        return true;
    }

    /// <summary>Enters a nested message; returns the outer limit for <see cref="Leave"/>.</summary>
    public long Enter(WireType wire)
    {
        long length = ReadLength(wire);
        long outer = Limit;
        Limit = Position + length;
        return outer;
    }

    /// <summary>Returns to the outer message after the inner one has been read to its end.</summary>
    public void Leave(long outer)
    {
        if (Position != Limit)
        {
            throw Malformed($"message ends at byte {Limit}");
        }

        Limit = outer;
    }

    /// <summary>Passes over a field's value; payload bytes are not read.</summary>
    public void Skip(WireType wire)
    {
        switch (wire)
        {
            case WireType.Varint:
                ReadRawVarint();
                break;
            case WireType.Fixed64:
                Advance(8);
                break;
            case WireType.Fixed32:
                Advance(4);
                break;
            default:
                Advance(ReadLength(wire));
                break;
        }
    }

    /// <summary>Passes over a payload and tells where it lies.</summary>
    public FileRange SkipPayload(WireType wire)
    {
        long length = ReadLength(wire);
        var range = new FileRange(Position, length);
        Advance(length);
        return range;
    }

    /// <summary>Passes over one element of a fixed-size field, packed or not, and tells where its bytes lie.</summary>
    public FileRange SkipFixed(WireType wire, int elementBytes)
    {
        if (wire == WireType.LengthDelimited)
        {
            FileRange range = SkipPayload(wire);
            return range.Length % elementBytes == 0 ? range : throw Malformed($"{range.Length} bytes of {elementBytes}-byte values");
        }

        Expect(wire, elementBytes == 4 ? WireType.Fixed32 : WireType.Fixed64);
        var single = new FileRange(Position, elementBytes);
        Advance(elementBytes);
        return single;
    }

    public long ReadVarint(WireType wire)
    {
        Expect(wire, WireType.Varint);
        return (long)ReadRawVarint();
    }

    public float ReadFloat(WireType wire)
    {
        Expect(wire, WireType.Fixed32);
        Span<byte> bytes = stackalloc byte[4];
        ReadBytes(bytes);
        return BinaryPrimitives.ReadSingleLittleEndian(bytes);
    }

    /// <summary>Reads a text of at most <paramref name="maxBytes"/> bytes.</summary>
    public string ReadString(WireType wire, int maxBytes)
    {
        long length = ReadLength(wire);
        if (length > maxBytes)
        {
            throw Malformed($"text of {length} bytes where at most {maxBytes} are allowed");
        }

        var bytes = new byte[length];
        ReadBytes(bytes);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Malformed("text that is not UTF-8");
        }
    }

    /// <summary>Appends one varint, or a packed run of them, to a list that may hold at most <paramref name="maxCount"/> values.</summary>
    public void ReadVarints(WireType wire, List<long> target, int maxCount)
    {
        if (wire == WireType.Varint)
        {
            Add((long)ReadRawVarint());
            return;
        }

        long outer = Enter(wire);
        while (Position < Limit)
        {
            Add((long)ReadRawVarint());
        }

        Leave(outer);

        void Add(long value)
        {
            if (target.Count >= maxCount)
            {
                throw Malformed($"more than {maxCount} values in a repeated field");
            }

            target.Add(value);
        }
    }

    /// <summary>Appends one float, or a packed run of them, to a list that may hold at most <paramref name="maxCount"/> values.</summary>
    public void ReadFloats(WireType wire, List<float> target, int maxCount)
    {
        FileRange range = SkipFixed(wire, sizeof(float));
        if (range.Length / sizeof(float) > maxCount - target.Count)
        {
            throw Malformed($"more than {maxCount} values in a repeated field");
        }

        byte[] bytes = ReadRange(range);
        for (int i = 0; i < bytes.Length; i += sizeof(float))
        {
            target.Add(BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i)));
        }
    }

    /// <summary>Reads a range that has been passed before; the position does not change. The caller has bounded its length.</summary>
    public byte[] ReadRange(FileRange range)
    {
        var bytes = new byte[range.Length];
        ReadAt(range.Offset, bytes);
        return bytes;
    }

    /// <summary>An error that names the file and the position.</summary>
    public ModelException Malformed(string what) => new($"{name}: malformed model: {what} at byte {Position}");

    private static string Describe(WireType wire) => wire.ToString();

    private void Expect(WireType wire, WireType expected)
    {
        if (wire != expected)
        {
            throw Malformed($"wire type {Describe(wire)} where {Describe(expected)} is expected");
        }
    }

    private long ReadLength(WireType wire)
    {
        Expect(wire, WireType.LengthDelimited);
        ulong length = ReadRawVarint();
        if (length > (ulong)(Limit - Position))
        {
            throw Malformed($"length {length} where {Limit - Position} bytes are left");
        }

        return (long)length;
    }

    private ulong ReadRawVarint()
    {
        ulong value = 0;
        for (int i = 0; i < LongestVarint; i++)
        {
            byte current = ReadByte();
            value |= (ulong)(current & 0x7F) << (7 * i);
            if (current < 0x80)
            {
                return value;
            }
        }

        throw Malformed("varint longer than 10 bytes");
    }

    private byte ReadByte()
    {
        if (Position >= Limit)
        {
            throw Malformed("unexpected end");
        }

        long index = Position - bufferStart;
        if (index < 0 || index >= bufferCount)
        {
            Fill();
            index = 0;
        }

        Position++;
        return buffer[index];
    }

    private void Fill()
    {
        bufferStart = Position;
        bufferCount = RandomAccess.Read(file, buffer, Position);
        if (bufferCount == 0)
        {
            throw Malformed("unexpected end of file");
        }
    }

    private void ReadBytes(Span<byte> target)
    {
        if (target.Length > Limit - Position)
        {
            throw Malformed("unexpected end");
        }

        while (target.Length > 0)
        {
            long index = Position - bufferStart;
            if (index < 0 || index >= bufferCount)
            {
                Fill();
                index = 0;
            }

            int count = (int)Math.Min(target.Length, bufferCount - index);
            buffer.AsSpan((int)index, count).CopyTo(target);
            Position += count;
            target = target[count..];
        }
    }

    private void ReadAt(long offset, Span<byte> target)
    {
        while (target.Length > 0)
        {
            int count = RandomAccess.Read(file, target, offset);
            if (count == 0)
            {
                throw Malformed("unexpected end of file");
            }

            offset += count;
            target = target[count..];
        }
    }

    private void Advance(long bytes)
    {
        if (bytes > Limit - Position)
        {
            throw Malformed($"{bytes} bytes where {Limit - Position} are left");
        }

        Position += bytes;
    }
}
