using FlashMem.Simulator.Memory;
using Xunit;

namespace FlashMem.Tests.Simulator.Memory;

/// <summary>DRAM and address translation against their formulas.</summary>
public sealed class ServerTests
{
    private const long Nanosecond = 1000;

    [Fact]
    public void An_idle_dram_answers_after_its_latencies()
    {
        var dram = new Dram(TestSpecs.Simple.Memory.Dram);

        Assert.Equal(70 * Nanosecond, dram.Access(0, 32, 0));
        Assert.Equal(1050 * Nanosecond, dram.Access(0, 32, 1000 * Nanosecond));
        Assert.Equal((1, 1), (dram.RowHits, dram.RowMisses));
    }

    [Fact]
    public void Sequential_bursts_reach_the_peak_of_all_channels()
    {
        var dram = new Dram(TestSpecs.Simple.Memory.Dram);
        const int Bytes = 1 << 20;
        long end = dram.Access(0, Bytes, 0);

        // 32 bytes per nanosecond, then one latency; a row's opening is hidden behind the others' bursts but for the last banks.
        long transfer = Bytes / 32 * Nanosecond;
        Assert.InRange(end, transfer + (50 * Nanosecond) - (4 * Nanosecond), transfer + (75 * Nanosecond));
        Assert.Equal(Bytes / 8192, dram.RowMisses / 4);
        Assert.Equal(transfer, dram.BusBusy / dram.Channels);
    }

    [Fact]
    public void Rows_of_one_bank_come_one_after_the_other()
    {
        var dram = new Dram(TestSpecs.Simple.Memory.Dram);
        long end = 0;
        for (int row = 0; row < 10; row++)
        {
            end = dram.Access((ulong)row * 8 * 8192, 32, 0);
        }

        // Ten openings and the nine bursts before the last one.
        Assert.Equal(((10 * 20) + (9 * 4) + 50) * Nanosecond, end);
    }

    [Fact]
    public void Pages_within_the_reach_cost_nothing_and_a_walk_beyond_it_costs_every_page()
    {
        var spec = TestSpecs.Simple.Memory.Tlb;
        Assert.Equal(256, Misses(new Tlb(spec), 256));
        Assert.Equal(3 * 272, Misses(new Tlb(spec), 272));

        static long Misses(Tlb tlb, int pages)
        {
            for (int i = 0; i < 3 * pages; i++)
            {
                long misses = tlb.Misses;
                long cost = tlb.Translate((ulong)(i % pages) * 4096);
                Assert.Equal((tlb.Misses - misses) * 500 * Nanosecond, cost);
                Assert.Equal(0, tlb.Translate(((ulong)(i % pages) * 4096) + 4095));
            }

            return tlb.Misses;
        }
    }
}
