using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Memory;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Memory;

/// <summary>Texture memory and every path of bytes in and out of it; a CPU driver plays the part of a GPU with its own memory.</summary>
public sealed class ClTextureMemoryTests
{
    private const long Block = 4 * 4096;

    private static readonly OpenClDeviceOptions Textures = new() { ZeroCopy = false, WeightImages = true };

    public static TheoryData<long, int> Ranges => new()
    {
        { 0, 10 * 4096 },
        { 4096, 4096 },
        { 4096, 100 * 16 },
        { 0, 4096 + 256 },
        { 2 * 4096, (3 * 4096) + 512 },
        { 64, 3 * 4096 },
        { Block - 4096, 2 * 4096 },
        { Block - 32, 64 },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public async Task Bytes_go_from_staging_through_images_to_activations_and_back(long offset, int bytes)
    {
        await using OpenClDevice device = OpenClTestDevice.Open(Textures);
        var context = new ClContext(device.Info);
        try
        {
            using var texture = new ClTextureMemory(context, ElementType.Float16, 10 * 4096, Block);
            byte[] filler = [.. Enumerable.Repeat((byte)0xEE, 10 * 4096)];
            texture.Write(0, filler);
            byte[] values = RandomBytes(bytes);
            texture.Write(offset, values);

            var whole = new byte[10 * 4096];
            texture.Read(0, whole);
            Assert.Equal([.. filler[..(int)offset], .. values, .. filler[((int)offset + bytes)..]], whole);
            var part = new byte[bytes];
            texture.Read(offset, part);
            Assert.Equal(values, part);
        }
        finally
        {
            context.RemoveReference();
        }
    }

    [Theory]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.Float32)]
    public async Task Copies_move_exactly_their_bytes_between_all_tiers(ElementType element)
    {
        await using OpenClDevice device = OpenClTestDevice.Open(Textures);
        using var memory = new CaseMemory(device);
        using IDeviceMemory texture = device.AllocateTexture(5 * 4096, element);
        const int Bytes = (2 * 4096) + 320;
        byte[] values = RandomBytes(Bytes);
        MemoryRange staging = memory.Upload(MemoryTier.Unified, values);
        MemoryRange activation = memory.Upload(MemoryTier.Activation, new byte[Bytes]);
        MemoryRange result = memory.Upload(MemoryTier.Unified, new byte[Bytes]);
        MemoryRange other = memory.Upload(MemoryTier.Unified, new byte[Bytes]);
        var row = new MemoryRange(texture, 4096, Bytes);
        Timeline done = device.CreateTimeline("done");

        device.TransferQueue.Copy(new CopyCommand("in", staging, row), [], done.At(1));
        device.TransferQueue.Copy(new CopyCommand("texture to activation", row, activation), [], done.At(2));
        device.TransferQueue.Copy(new CopyCommand("out", activation, result), [], done.At(3));
        device.TransferQueue.Copy(new CopyCommand("texture out", row, other), [], done.At(4));
        done.Wait(4);

        Assert.Equal(values, BytesOf(result));
        Assert.Equal(values, BytesOf(other));
        Assert.Equal(values, BytesOf(row));

        byte[] again = RandomBytes(Bytes);
        staging.Memory.Write(0, again);
        device.TransferQueue.Copy(new CopyCommand("to activation", staging, activation), [], done.At(5));
        device.TransferQueue.Copy(new CopyCommand("activation to texture", activation, row), [], done.At(6));
        done.Wait(6);

        Assert.Equal(again, BytesOf(row));
    }

    [Fact]
    public async Task Texels_are_counted_within_their_image()
    {
        await using OpenClDevice device = OpenClTestDevice.Open(Textures);
        var context = new ClContext(device.Info);
        try
        {
            using var texture = new ClTextureMemory(context, ElementType.Float16, 10 * 4096, Block);

            Assert.Equal(0u, texture.Locate(0).Texel);
            Assert.Equal(512u, texture.Locate(4096).Texel);
            Assert.Equal(0u, texture.Locate(Block).Texel);
            Assert.NotEqual(texture.Locate(Block).Image, texture.Locate(Block - 1).Image);
            Assert.Equal(3, context.Handles[ClHandleKind.Memory]);
        }
        finally
        {
            context.RemoveReference();
        }

        Assert.Equal("", context.Handles.ToString());
    }

    [Fact]
    public async Task A_texture_beyond_the_devices_memory_is_refused_with_its_size()
    {
        await using OpenClDevice device = OpenClTestDevice.Open(Textures);

        Assert.Contains($"{1L << 60}", Assert.Throws<DeviceException>(() => device.AllocateTexture(1L << 60, ElementType.Float16)).Message);
        Assert.Contains($"{1L << 60}", Assert.Throws<DeviceException>(() => device.Allocate(MemoryTier.Unified, 1L << 60)).Message);
        Assert.Contains($"{1L << 60}", Assert.Throws<DeviceException>(() => device.Allocate(MemoryTier.Activation, 1L << 60)).Message);
    }

    [Fact]
    public async Task Staging_memory_is_no_operand_of_kernels()
    {
        await using OpenClDevice device = OpenClTestDevice.Open(Textures);
        using var memory = new CaseMemory(device);
        MemoryRange staging = memory.Upload(MemoryTier.Unified, new byte[4]);
        MemoryRange value = memory.Upload(MemoryTier.Activation, new byte[4]);
        Timeline done = device.CreateTimeline("done");

        device.ComputeQueue.Dispatch(
            SourceKernel.Command(device.Prepare(SourceKernel.Add(1)), staging, value), [], done.At(1));

        Assert.Contains("staging", Assert.Throws<DeviceException>(() => done.Wait(1)).Message);
    }

    private static byte[] BytesOf(MemoryRange range)
    {
        var bytes = new byte[range.Bytes];
        range.Memory.Read(range.Offset, bytes);
        return bytes;
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
