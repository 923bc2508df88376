using System.Collections.Immutable;
using FlashMem.Graph.Ir;

namespace FlashMem.Scheduling.Problem;

/// <summary>
/// Host-visible memory through which fetched rows go to a device that kernels do not share with the host: every kernel that fetches has a
/// range of its own, so that no fetch waits for another. Zero-copy devices need none, rows are read straight into the activation.
/// </summary>
public sealed record RowStaging
{
    /// <summary>First byte of a kernel's rows, by kernel; a multiple of 64. -1 for kernels that fetch nothing.</summary>
    public required ImmutableArray<long> Offsets { get; init; }

    /// <summary>Size of the staging memory, a multiple of 4096.</summary>
    public required long Bytes { get; init; }

    public static RowStaging Of(KernelGraph graph)
    {
        var offsets = ImmutableArray.CreateBuilder<long>(graph.Kernels.Length);
        long end = 0;
        foreach (KernelNode kernel in graph.Kernels)
        {
            offsets.Add(kernel.Fetch is null ? -1 : end);
            if (kernel.Fetch is not null)
            {
                end = Alignment.Up(checked(end + graph.Buffers[kernel.Inputs[0].Id].Bytes), Alignment.Line);
            }
        }

        return new RowStaging { Offsets = offsets.MoveToImmutable(), Bytes = Alignment.Up(end, Alignment.Block) };
    }
}
