using FlashMem.Abstractions.Devices;
using FlashMem.Backends.ILGPU.Device;
using Xunit;

namespace FlashMem.Tests.Backends.Ilgpu.Memory;

/// <summary>The host's arrays stay where they are while bytes go to the device and back, whenever the collector runs.</summary>
public sealed class MovedArraysTests
{
    [Fact]
    public async Task Bytes_arrive_while_the_collector_moves_arrays()
    {
        const int Rounds = 1000;
        const int Bytes = 64 << 10;
        await using IlgpuDevice device = IlgpuDevice.Open(new IlgpuDeviceOptions { Kind = IlgpuDeviceKind.Cpu });
        using IDeviceMemory memory = device.Allocate(MemoryTier.Activation, Bytes);
        using var together = new Barrier(2);
        Task collector = Task.Run(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                together.SignalAndWait();
                GC.Collect(0, GCCollectionMode.Forced, blocking: true, compacting: true);
            }
        });
        int wrong = 0;
        for (int round = 0; round < Rounds; round++)
        {
            // Garbage in front of each array, so that a compaction moves it.
            _ = new byte[Bytes / 2];
            var sent = new byte[Bytes];
            Array.Fill(sent, (byte)(1 + (round % 255)));
            _ = new byte[Bytes / 2];
            var received = new byte[Bytes];
            together.SignalAndWait();
            memory.Write(0, sent);
            memory.Read(0, received);
            wrong += received.AsSpan().SequenceEqual(sent) ? 0 : 1;
        }

        await collector;
        Assert.Equal(0, wrong);
    }
}
