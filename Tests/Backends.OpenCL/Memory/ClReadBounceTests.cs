using FlashMem.Abstractions.Devices;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Memory;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Memory;

/// <summary>Large results come back in pieces.</summary>
public sealed class ClReadBounceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1 << 19)]
    [InlineData((1 << 19) + 1)]
    [InlineData((3 << 20) - 5)]
    [InlineData(8 << 20)]
    public async Task Pieces_of_any_number_and_length_come_back_in_place(int bytes)
    {
        await using OpenClDevice device = OpenClTestDevice.Open(new OpenClDeviceOptions { ZeroCopy = false });
        var context = new ClContext(device.Info);
        try
        {
            byte[] values = new byte[bytes + 7];
            new Random(bytes).NextBytes(values);
            using var memory = new ClDeviceMemory(context, MemoryTier.Activation, values.Length);
            memory.Write(0, values);
            var read = new byte[bytes];
            using (var bounce = new ClReadBounce(context))
            {
                bounce.Read(memory.Buffer, 7, read);
            }

            Assert.True(read.AsSpan().SequenceEqual(values.AsSpan(7)));
            Assert.Equal(0, context.Handles[ClHandleKind.Event]);
        }
        finally
        {
            context.RemoveReference();
        }
    }
}
