using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using Xunit;

namespace FlashMem.Tests.Abstractions.Devices;

/// <summary>A device stands in for which pieces are copied into a block of memory per thread.</summary>
public sealed unsafe class ResultFetchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(ResultFetch.PieceBytes)]
    [InlineData(ResultFetch.PieceBytes + 1)]
    [InlineData((19 * ResultFetch.PieceBytes) - 5)]
    public void Pieces_of_any_number_and_length_come_back_in_place(int bytes)
    {
        var values = new byte[bytes];
        new Random(bytes).NextBytes(values);
        var read = new byte[bytes];
        var bounce = new byte[ResultFetch.Threads * ResultFetch.PieceBytes];
        fixed (byte* target = read, pinned = bounce)
        {
            nint memory = (nint)pinned;
            ResultFetch.Read((nint)target, bytes, (thread, start, length) =>
            {
                nint place = memory + (thread * ResultFetch.PieceBytes);
                values.AsSpan(start, length).CopyTo(new Span<byte>((void*)place, ResultFetch.PieceBytes));
                return place;
            });
        }

        Assert.True(read.AsSpan().SequenceEqual(values));
    }

    [Fact]
    public void What_a_device_says_of_a_piece_is_said_of_the_result()
    {
        var read = new byte[3 * ResultFetch.PieceBytes];
        fixed (byte* target = read)
        {
            nint memory = (nint)target;
            DeviceException error = Assert.Throws<DeviceException>(
                () => ResultFetch.Read(memory, read.Length, (_, _, _) => throw new DeviceException("cuMemcpyDtoHAsync of 'reading results' failed")));
            Assert.Equal("cuMemcpyDtoHAsync of 'reading results' failed", error.Message);
        }
    }
}
