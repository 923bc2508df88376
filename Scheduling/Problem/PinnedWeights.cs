using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;

namespace FlashMem.Scheduling.Problem;

/// <summary>Which weights of a graph are pinned: resident before step 0 and between runs.</summary>
internal readonly struct PinnedWeights
{
    private readonly bool[]? pinned;

    private PinnedWeights(bool[] pinned) => this.pinned = pinned;

    /// <summary>No weight is pinned.</summary>
    public static PinnedWeights None { get; }

    /// <param name="graph">The graph.</param>
    /// <param name="weights">Indices of its weights, ascending.</param>
    /// <exception cref="UsageException">An index that the graph does not have, or that does not ascend.</exception>
    public static PinnedWeights Of(KernelGraph graph, ImmutableArray<int> weights)
    {
        if (weights.IsEmpty)
        {
            return None;
        }

        var pinned = new bool[graph.Weights.Length];
        int before = -1;
        foreach (int weight in weights)
        {
            if (weight <= before || weight >= pinned.Length)
            {
                throw new UsageException($"pinned weight {weight} follows {before}; indices ascend below {pinned.Length}");
            }

            pinned[weight] = true;
            before = weight;
        }

        return new PinnedWeights(pinned);
    }

    public bool Has(int weight) => pinned is not null && pinned[weight];
}
