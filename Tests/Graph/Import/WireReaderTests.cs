using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Import.Wire;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace FlashMem.Tests.Graph.Import;

public class WireReaderTests
{
    [Property(MaxTest = 200)]
    public void Fields_are_read_back_as_written(long[] integers, float single, string text, byte[] payload)
    {
        text = string.Concat((text ?? "").Where(c => !char.IsSurrogate(c)));
        integers ??= [];
        payload ??= [];
        WireWriter message = new WireWriter().Packed(1, integers).Fixed32(2, single).Text(3, text).Bytes(4, payload);
        foreach (long integer in integers)
        {
            message.Varint(5, integer);
        }

        With(new WireWriter().Message(6, message).Varint(7, 42).ToArray(), reader =>
        {
            var packed = new List<long>();
            var single5 = new List<long>();
            Assert.True(reader.NextField(out int field, out WireType wire));
            Assert.Equal(6, field);
            long outer = reader.Enter(wire);
            while (reader.NextField(out field, out wire))
            {
                switch (field)
                {
                    case 1:
                        reader.ReadVarints(wire, packed, int.MaxValue);
                        break;
                    case 2:
                        Assert.Equal(single, reader.ReadFloat(wire));
                        break;
                    case 3:
                        Assert.Equal(text, reader.ReadString(wire, int.MaxValue));
                        break;
                    case 4:
                        Assert.Equal(payload, reader.ReadRange(reader.SkipPayload(wire)));
                        break;
                    default:
                        reader.ReadVarints(wire, single5, int.MaxValue);
                        break;
                }
            }

            reader.Leave(outer);
            Assert.Equal(integers, packed);
            Assert.Equal(integers, single5);
            Assert.True(reader.NextField(out field, out wire));
            Assert.Equal((7, 42L), (field, reader.ReadVarint(wire)));
            Assert.False(reader.NextField(out _, out _));
        });
    }

    [Property(MaxTest = 500)]
    public void Any_bytes_are_skipped_to_the_end_or_refused(byte[] bytes) => With(bytes ?? [], reader =>
    {
        try
        {
            while (reader.NextField(out _, out WireType wire))
            {
                reader.Skip(wire);
            }

            Assert.Equal(bytes?.Length ?? 0, reader.Position);
        }
        catch (ModelException fault)
        {
            Assert.Contains("malformed", fault.Message, StringComparison.Ordinal);
        }
    });

    [Fact]
    public void Payloads_larger_than_the_buffer_are_passed_over_and_found_again()
    {
        var payload = new byte[300_000];
        payload[^1] = 7;
        With(new WireWriter().Bytes(1, payload).Varint(2, 5).ToArray(), reader =>
        {
            reader.NextField(out _, out WireType wire);
            FileRange range = reader.SkipPayload(wire);
            reader.NextField(out int field, out wire);
            Assert.Equal((2, 5L), (field, reader.ReadVarint(wire)));
            Assert.Equal(payload, reader.ReadRange(range));
        });
    }

    [Theory]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F })]
    [InlineData(new byte[] { 0x0A, 0x02, 0x00 })]
    [InlineData(new byte[] { 0x0B })]
    [InlineData(new byte[] { 0x00 })]
    [InlineData(new byte[] { 0x08 })]
    [InlineData(new byte[] { 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 })]
    public void Bogus_lengths_and_keys_are_refused(byte[] bytes) => With(bytes, reader =>
        Assert.Throws<ModelException>(() =>
        {
            while (reader.NextField(out _, out WireType wire))
            {
                reader.Skip(wire);
            }
        }));

    private static void With(byte[] bytes, Action<WireReader> use)
    {
        using var folder = new TemporaryFolder();
        using SafeFileHandle file = File.OpenHandle(folder.Write("message", bytes));
        use(new WireReader(file, bytes.Length, "message"));
    }
}
