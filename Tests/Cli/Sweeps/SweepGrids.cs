using System.Collections.Immutable;
using FlashMem.Cli.Sweeps;

namespace FlashMem.Tests.Cli.Sweeps;

/// <summary>Grids for tests that run nothing.</summary>
internal static class SweepGrids
{
    /// <summary>Models x budgets x texture caches of one device; a texture cache of its own means kernel times of its own.</summary>
    public static ImmutableArray<SweepPoint> Of(int models, int budgets, int caches) => SweepGrid.Points(new SweepSpec
    {
        Devices = ["sim:pixel-4"],
        Models = [.. Enumerable.Range(0, models).Select(i => $"model{i}")],
        Budgets = [.. Enumerable.Range(0, budgets).Select(i => (long?)(1 + i))],
        Set = [new SweepAxis("memory.textureL1.size", [.. Enumerable.Range(0, caches).Select(i => $"{1 << i}KiB")])],
    });
}
