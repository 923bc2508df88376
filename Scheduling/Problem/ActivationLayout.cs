using System.Collections.Immutable;
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
        ImmutableArray<BufferLifetime> lifetimes = BufferLifetime.Of(graph);
        ArenaItem[] items = [.. graph.Buffers
            .Where(buffer => lifetimes[buffer.Id].IsUsed && buffer.Bytes > 0)
            .Select(buffer => new ArenaItem(buffer.Id, Alignment.Up(buffer.Bytes, Alignment.Line), lifetimes[buffer.Id]))];
        var offsets = new long[graph.Buffers.Length];
        long bytes = ArenaPacking.Pack(items, offsets);
        return new ActivationLayout { Offsets = [.. offsets], Bytes = bytes };
    }
}
