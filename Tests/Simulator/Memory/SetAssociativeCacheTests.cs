using FlashMem.Simulator.Memory;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Memory;

/// <summary>The cache against a list per set in order of use, which shares no code with it.</summary>
public sealed class SetAssociativeCacheTests
{
    [Property(MaxTest = 300)]
    public void It_equals_least_recently_used_lists_for_every_geometry(byte setCount, byte wayCount, ushort[] lines, byte spread)
    {
        int sets = (setCount % 37) + 1;
        int ways = (wayCount % 19) + 1;
        ulong range = (ulong)((sets * ways) + 1 + spread);
        var cache = new SetAssociativeCache(sets, ways);
        var lists = new Dictionary<ulong, List<ulong>>();

        foreach (ulong line in Stream(lines, range))
        {
            List<ulong> list = lists.TryGetValue(line % (ulong)sets, out List<ulong>? found) ? found : lists[line % (ulong)sets] = [];
            bool expected = list.Remove(line);
            ulong? leaves = !expected && list.Count == ways ? list[0] : null;
            if (leaves is not null)
            {
                list.RemoveAt(0);
            }

            list.Add(line);

            Assert.Equal(expected, cache.Access(line, out int slot, out ulong? evicted));
            Assert.Equal(leaves, evicted);
            Assert.Equal(line, cache.LineAt(slot));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 16)]
    [InlineData(3, 5)]
    [InlineData(128, 16)]
    public void A_walk_of_what_it_holds_hits_and_one_way_more_in_every_set_misses_always(int sets, int ways)
    {
        Assert.Equal(sets * ways, Misses(sets, ways, sets * ways));
        Assert.Equal(3 * sets * (ways + 1), Misses(sets, ways, sets * (ways + 1)));
    }

    [Fact]
    public void Geometries_that_do_not_come_out_even_are_refused_by_name()
    {
        var unit = new FlashMem.Abstractions.Devices.Figure(0, "B", FlashMem.Abstractions.Devices.FigureKind.Estimate, "test");
        var error = Assert.Throws<FlashMem.Abstractions.Errors.UsageException>(
            () => CacheGeometry.Of(unit with { Value = 1000 }, unit with { Value = 64 }, unit with { Value = 4, Unit = "1" }, "memory.l2"));

        Assert.Contains("memory.l2: 1000 bytes", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<ulong> Stream(ushort[] lines, ulong range)
    {
        // What FsCheck gives is short: walk it with changing strides, so that sets fill.
        for (int pass = 0; pass < 4; pass++)
        {
            foreach (ushort line in lines)
            {
                yield return (ulong)line * (ulong)((2 * pass) + 1) % range;
                yield return (ulong)(line + pass) % range;
            }
        }
    }

    private static int Misses(int sets, int ways, int lines)
    {
        var cache = new SetAssociativeCache(sets, ways);
        int misses = 0;
        for (int access = 0; access < 3 * lines; access++)
        {
            misses += cache.Access((ulong)(access % lines), out _, out _) ? 0 : 1;
        }

        return misses;
    }
}
