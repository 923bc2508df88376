using System.Collections.Immutable;

namespace FlashMem.Tests.Support;

/// <summary>Random cuts of a graph into stages.</summary>
internal static class Cuts
{
    /// <param name="kernels">Of the graph; at least one.</param>
    /// <param name="count">Taken as a number of stages: 1 to 4, as far as there are kernels.</param>
    /// <param name="seed">Of the choice.</param>
    public static ImmutableArray<int> Random(int kernels, int count, int seed)
    {
        var random = new Random(seed);
        int stages = Math.Min(kernels, 1 + (count % 4));
        return [0, .. Enumerable.Range(1, kernels - 1).OrderBy(_ => random.Next()).Take(stages - 1).Order()];
    }
}
