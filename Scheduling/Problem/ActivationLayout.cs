using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Graph.Ir;

namespace FlashMem.Scheduling.Problem;

/// <summary>
/// A static arena for the activations: two buffers share bytes only when no kernel needs both. Computed once per graph by trying several
/// placement orders and keeping the smallest arena.
/// </summary>
public sealed record ActivationLayout
{
    /// <summary>First byte of every buffer in the arena, by buffer index; a multiple of 64. 0 for a buffer that is never used.</summary>
    public required ImmutableArray<long> Offsets { get; init; }

    /// <summary>Size of the arena, a multiple of 64.</summary>
    public required long Bytes { get; init; }

    public static ActivationLayout Compute(KernelGraph graph)
    {
        BufferLifetime[] lifetimes = BufferLifetime.Of(graph);
        var items = new List<ArenaItem>(graph.Buffers.Length);
        foreach (KernelBuffer buffer in graph.Buffers)
        {
            if (lifetimes[buffer.Id].IsUsed && buffer.Bytes > 0)
            {
                items.Add(new ArenaItem(buffer.Id, Alignment.Up(buffer.Bytes, Alignment.Line), lifetimes[buffer.Id]));
            }
        }

        var offsets = new long[graph.Buffers.Length];
        long bytes = ArenaPacking.Pack([.. items], offsets);
        return new ActivationLayout { Offsets = ImmutableCollectionsMarshal.AsImmutableArray(offsets), Bytes = bytes };
    }
}
