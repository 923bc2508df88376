using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Twin;
using FlashMem.Tests.Simulator.Device;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Twin;

public sealed class WeightPiecesTests : IAsyncDisposable
{
    private const long Block = 1 << 20;
    private const int ChunkBytes = 4096;

    private readonly SimulatedDevice device = TestDevices.TimingOnly();

    public ValueTask DisposeAsync() => device.DisposeAsync();

    [Property]
    public void Launches_compute_every_panel_once_and_change_where_the_block_does(NonEmptyArray<byte> blocks, PositiveInt perChunk, byte missing)
    {
        using IDeviceMemory memory = device.Allocate(MemoryTier.Texture, 3 * Block);
        int[] places = [.. blocks.Get.Select(block => block % 3)];
        int panels = (places.Length * perChunk.Get) - (missing % perChunk.Get);
        DispatchCommand command = TestCommands.Fill(device, 8) with
        {
            Panels = new PanelRange(0, panels),
            PanelsPerChunk = perChunk.Get,
            WeightChunks =
            [
                .. places.Select((block, i) => new MemoryRange(memory, (block * Block) + (i * ChunkBytes), ChunkBytes)),
            ],
        };

        ImmutableArray<int> pieces = [.. WeightPieces.Of(command, Block)];
        Assert.Equal(panels, pieces.Sum());
        Assert.All(pieces, piece => Assert.True(piece > 0));
        Assert.Equal(1 + places.Zip(places.Skip(1)).Count(pair => pair.First != pair.Second), pieces.Length);
    }

    [Fact]
    public void A_kernel_without_a_streamed_weight_is_one_launch() =>
        Assert.Single(WeightPieces.Of(TestCommands.Fill(device, 8), Block));
}
