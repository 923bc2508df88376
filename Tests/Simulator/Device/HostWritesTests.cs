using FlashMem.Abstractions.Devices;
using FlashMem.Simulator.Device;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Memory without values knows what the host wrote and nothing else.</summary>
public sealed class HostWritesTests
{
    private const int Size = 60;

    [Property(MaxTest = 300)]
    public void Bytes_are_known_from_a_write_until_something_else_is_there(int seed)
    {
        var random = new Random(seed);
        var writes = new HostWrites();
        var known = new byte?[Size];
        for (int step = 0; step < 25; step++)
        {
            int offset = random.Next(Size);
            int count = random.Next(Size - offset + 1);
            if (random.Next(3) == 0)
            {
                writes.Forget(offset, count);
                Array.Fill(known, null, offset, count);
            }
            else
            {
                var bytes = new byte[count];
                random.NextBytes(bytes);
                writes.Write(offset, bytes);
                for (int i = 0; i < count; i++)
                {
                    known[offset + i] = bytes[i];
                }
            }

            int from = random.Next(Size);
            var read = new byte[random.Next(Size - from + 1)];
            byte?[] expected = known[from..(from + read.Length)];
            Assert.Equal(expected.All(value => value is not null), writes.TryRead(from, read));
            if (expected.All(value => value is not null))
            {
                Assert.Equal(expected.Select(value => value!.Value), read);
            }
        }
    }

    [Fact]
    public async Task What_a_kernel_writes_does_not_exist()
    {
        await using SimulatedDevice device = TestDevices.TimingOnly();
        DispatchCommand fill = TestCommands.Fill(device, 4);
        IDeviceMemory memory = fill.Output.Memory;
        memory.Write(0, new byte[16]);
        memory.Read(0, new byte[16]);
        Timeline done = device.CreateTimeline("done");

        device.ComputeQueue.Dispatch(fill, [], done.At(1));
        done.Wait(1);

        Assert.Throws<InvalidOperationException>(() => memory.Read(0, new byte[16]));
        Assert.Throws<InvalidOperationException>(() => memory.Read(15, new byte[1]));
        Assert.ThrowsAny<ArgumentException>(() => memory.Read(16, new byte[1]));
    }
}
