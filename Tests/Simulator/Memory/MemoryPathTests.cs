using FlashMem.Simulator.Memory;
using FlashMem.Simulator.Specs;
using Xunit;

namespace FlashMem.Tests.Simulator.Memory;

/// <summary>Idle latency and peak bandwidth of every level equal the formulas.</summary>
public sealed class MemoryPathTests
{
    private const long Nanosecond = 1000;
    private const long Walk = 500;
    private const long Dram = 70;
    private const long System = 70;
    private const long L2 = 30;
    private const long Texture = 100;
    private const long Buffer = 40;

    private readonly MemoryPath path = new(TestSpecs.Simple);

    [Fact]
    public void Texture_reads_pay_every_level_that_they_reach()
    {
        // The pipe takes a nanosecond for the 32 bytes of a line.
        Assert.Equal((Walk + Dram + System + L2 + Texture) * Nanosecond, path.ReadTexture(0, [0], 16, 0));
        Assert.Equal((1 + Texture) * Nanosecond, path.ReadTexture(0, [0], 16, 10_000_000) - 10_000_000);
        Assert.Equal((L2 + Texture) * Nanosecond, path.ReadTexture(0, [1], 16, 20_000_000) - 20_000_000);
        Assert.Equal((L2 + Texture) * Nanosecond, path.ReadTexture(1, [0], 16, 30_000_000) - 30_000_000);
    }

    [Fact]
    public void Buffer_reads_start_at_L2_where_buffers_have_no_cache_of_their_own()
    {
        Assert.Equal((Walk + Dram + System + L2 + Buffer) * Nanosecond, path.ReadBuffer(0, [0], 64, 0));
        Assert.Equal((L2 + Buffer) * Nanosecond, path.ReadBuffer(0, [0], 64, 10_000_000) - 10_000_000);
    }

    [Fact]
    public void Buffers_have_a_cache_where_the_device_has_one()
    {
        SimulatorSpec mali = TestSpecs.Simple with
        {
            Memory = TestSpecs.Simple.Memory with
            {
                BufferL1 = TestSpecs.Simple.Memory.L2 with { Size = TestSpecs.Figure(4096, "B"), Latency = TestSpecs.Figure(5e-9, "s") },
            },
        };
        var cached = new MemoryPath(mali);
        cached.ReadBuffer(0, [0], 64, 0);

        // The pipe takes a nanosecond for the line.
        Assert.Equal((1 + 5 + Buffer) * Nanosecond, cached.ReadBuffer(0, [0], 64, 10_000_000) - 10_000_000);
        Assert.Equal((L2 + 5 + Buffer) * Nanosecond, cached.ReadBuffer(1, [0], 64, 20_000_000) - 20_000_000);
    }

    [Fact]
    public void What_L2_has_lost_comes_from_the_system_cache()
    {
        for (ulong line = 0; line < 512; line++)
        {
            path.ReadBuffer(0, [line * 64], 64, (long)line * 1_000_000);
        }

        Assert.Equal((System + L2 + Buffer) * Nanosecond, path.ReadBuffer(0, [0], 64, 1_000_000_000) - 1_000_000_000);
    }

    [Theory]
    [InlineData(8192, 64)]
    [InlineData(49152, 40)]
    [InlineData(1 << 20, 32)]
    public void Buffer_reads_of_a_range_get_the_bandwidth_of_the_level_that_holds_it(int range, int bytesPerNanosecond)
    {
        ulong[] lines = [.. Enumerable.Range(0, range / 64).Select(line => (ulong)line * 64)];
        path.ReadBuffer(0, lines, range, 0);
        const long Start = 1_000_000_000;
        long transfer = range * Nanosecond / bytesPerNanosecond;
        long latency = path.ReadBuffer(0, lines, range, Start) - Start - transfer;

        // The last line leaves its slot a line before the end and then has its latencies to go.
        Assert.InRange(latency, (L2 + Buffer - 3) * Nanosecond, (L2 + System + Dram + Buffer + Walk) * Nanosecond);
    }

    [Fact]
    public void Texture_hits_come_at_the_rate_of_the_texture_pipe()
    {
        ulong[] keys = [.. Enumerable.Range(0, 32).Select(key => (ulong)key)];
        path.ReadTexture(0, keys, 1024, 0);
        long end = 0;
        for (int i = 0; i < 100; i++)
        {
            end = path.ReadTexture(0, keys, 1024, 1_000_000_000);
        }

        Assert.Equal(1_000_000_000 + (((100 * 1024 / 32) + Texture) * Nanosecond), end);
    }

    [Fact]
    public void Reads_of_a_line_on_its_way_wait_for_it_and_cost_nothing_below()
    {
        long first = path.ReadBuffer(0, [0], 64, 0);
        long second = path.ReadBuffer(1, [0], 64, 100);
        var counters = new Counters();
        path.Count(counters);

        Assert.Equal(first, second);
        Assert.Equal(64, counters[Counter.DramReadBytes]);
    }

    [Fact]
    public void A_cache_that_follows_few_lines_leaves_what_it_holds_alone()
    {
        MemorySpec memory = TestSpecs.Simple.Memory;
        var few = new MemoryPath(TestSpecs.Simple with
        {
            Memory = memory with { L2 = memory.L2 with { MissEntries = TestSpecs.Figure(1, "1") } },
        });
        few.ReadBuffer(0, [0, 64, 0, 0], 256, 0);
        var counters = new Counters();
        few.Count(counters);

        // Line 0 holds the entry and serves two reads; line 64 and the third read of line 0 go past.
        Assert.Equal((1, 3), (counters[Counter.L2Hits], counters[Counter.L2Misses]));
        Assert.Equal((L2 + Buffer) * Nanosecond, few.ReadBuffer(0, [0], 64, 10_000_000) - 10_000_000);
        Assert.Equal((System + L2 + Buffer) * Nanosecond, few.ReadBuffer(0, [64], 64, 20_000_000) - 20_000_000);
    }

    [Fact]
    public void Written_lines_reach_memory_once()
    {
        path.WriteBuffer([0, 64, 0], 0);
        path.Flush(1_000_000);
        path.Flush(2_000_000);
        var counters = new Counters();
        path.Count(counters);

        Assert.Equal((1, 2, 192), (counters[Counter.L2Hits], counters[Counter.L2Misses], counters[Counter.L2Bytes]));
        Assert.Equal((0, 128), (counters[Counter.DramReadBytes], counters[Counter.DramWriteBytes]));
    }

    [Fact]
    public void Image_writes_go_at_the_rate_of_their_path()
    {
        Assert.Equal(64 * Nanosecond, path.WriteTexture(0, 1024, 0));
        Assert.Equal(128 * Nanosecond, path.WriteTexture(0, 1024, 0));
        Assert.Equal(64 * Nanosecond, path.WriteTexture(1, 1024, 0));
    }

    [Fact]
    public void Texels_of_a_tile_share_a_key()
    {
        // 32-byte lines two texels of 16 bytes wide: one row of four 8-byte texels.
        TextureTiles tiles = TextureTiles.Of(TestSpecs.Simple.Memory.TextureL1);
        var wide = new TiledImage(tiles, 64, 5, 16);
        var narrow = new TiledImage(tiles, 0, 5, 8);

        Assert.Equal([2, 2, 3, 4, 5], new[] { wide.Key(0, 0), wide.Key(1, 0), wide.Key(2, 0), wide.Key(4, 0), wide.Key(0, 1) });
        Assert.Equal([0, 0, 1, 2], new[] { narrow.Key(0, 0), narrow.Key(3, 0), narrow.Key(4, 0), narrow.Key(0, 1) });
    }
}
