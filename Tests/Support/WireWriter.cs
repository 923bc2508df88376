using System.Buffers.Binary;
using System.Text;

namespace FlashMem.Tests.Support;

/// <summary>Writes protobuf wire format, for models made by tests.</summary>
internal sealed class WireWriter
{
    private readonly List<byte> bytes = [];

    public byte[] ToArray() => [.. bytes];

    public WireWriter Varint(int field, long value)
    {
        Raw((ulong)field << 3);
        Raw((ulong)value);
        return this;
    }

    public WireWriter Fixed32(int field, float value)
    {
        Raw(((ulong)field << 3) | 5);
        Span<byte> buffer = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(buffer, value);
        bytes.AddRange(buffer);
        return this;
    }

    public WireWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        Raw(((ulong)field << 3) | 2);
        Raw((ulong)value.Length);
        bytes.AddRange(value);
        return this;
    }

    public WireWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public WireWriter Message(int field, WireWriter message) => Bytes(field, message.ToArray());

    public WireWriter Packed(int field, IEnumerable<long> values)
    {
        var content = new WireWriter();
        foreach (long value in values)
        {
            content.Raw((ulong)value);
        }

        return Bytes(field, content.ToArray());
    }

    /// <summary>A bare varint.</summary>
    public WireWriter Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return this;
    }
}
