using System.Collections.Immutable;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Ir;

namespace FlashMem.Scheduling.Problem;

/// <summary>
/// Layout of a weight file's data section: the parameters block, then every chunk in order of first use, then the row weights; each
/// starts at a multiple of 4096. A pure function of the kernel graph and the target chunk size, so that packer and planner agree without
/// talking to each other.
/// </summary>
public sealed record WeightFileLayout
{
    /// <summary>Linear weights of at most this many bytes lie in the parameters block.</summary>
    public const long LargestParameter = 64 * 1024;

    /// <summary>Chunk size aimed at: a chunk holds as many whole panels as fit, at least one.</summary>
    public required long TargetChunkBytes { get; init; }

    /// <summary>All chunks; a chunk's id is its index. Chunks of weights that no kernel uses come last.</summary>
    public required ImmutableArray<ChunkInfo> Chunks { get; init; }

    /// <summary>One entry per weight of the graph, by index.</summary>
    public required ImmutableArray<WeightPlacement> Weights { get; init; }

    /// <summary>First byte of the parameters block in the data section.</summary>
    public required long ParametersOffset { get; init; }

    /// <summary>Bytes of the parameters block, a multiple of 64; 0 when there is none.</summary>
    public required long ParametersBytes { get; init; }

    /// <summary>Bytes of the data section, a multiple of 4096.</summary>
    public required long DataBytes { get; init; }

    /// <summary>XxHash64 (hex) of the whole table: two layouts with one hash place every byte alike.</summary>
    public required string Hash { get; init; }

    public static WeightFileLayout Compute(KernelGraph graph, long targetChunkBytes)
    {
        if (targetChunkBytes is < Alignment.Block or > int.MaxValue)
        {
            throw new UsageException(
                $"a chunk size of {targetChunkBytes} bytes cannot work: it must lie between {Alignment.Block} and {int.MaxValue} bytes");
        }

        return new Builder(graph, targetChunkBytes).Build();
    }

    /// <summary>What <see cref="Hash"/> is of these tables.</summary>
    internal static string HashOf(
        long target, IReadOnlyCollection<ChunkInfo> chunks, ImmutableArray<WeightPlacement> weights, long dataBytes)
    {
        var numbers = new long[2 + (5 * (chunks.Count + weights.Length))];
        (numbers[0], numbers[1]) = (target, dataBytes);
        int at = 2;
        foreach (ChunkInfo chunk in chunks)
        {
            numbers[at++] = chunk.Weight;
            numbers[at++] = chunk.Panels.Start;
            numbers[at++] = chunk.Panels.Count;
            numbers[at++] = chunk.FileOffset;
            numbers[at++] = chunk.Bytes;
        }

        foreach (WeightPlacement weight in weights)
        {
            numbers[at++] = weight.FileOffset;
            numbers[at++] = weight.PanelsPerChunk;
            numbers[at++] = weight.FirstChunk;
            numbers[at++] = weight.ChunkCount;
            numbers[at++] = weight.ParameterOffset;
        }

        return XxHash64.HashToUInt64(MemoryMarshal.AsBytes(numbers.AsSpan())).ToString("x16", CultureInfo.InvariantCulture);
    }

    private sealed class Builder(KernelGraph graph, long targetChunkBytes)
    {
        private readonly ImmutableArray<ChunkInfo>.Builder chunks = ImmutableArray.CreateBuilder<ChunkInfo>();
        private readonly WeightPlacement?[] placements = new WeightPlacement?[graph.Weights.Length];
        private long end;

        public WeightFileLayout Build()
        {
            long parametersBytes = PlaceParameters();
            foreach (KernelNode kernel in graph.Kernels)
            {
                foreach (int weight in kernel.StreamedWeights())
                {
                    PlaceChunks(graph.Weights[weight]);
                }
            }

            foreach (KernelWeight weight in graph.Weights)
            {
                PlaceChunks(weight);
            }

            PlaceRows();
            ImmutableArray<WeightPlacement> weights = ImmutableCollectionsMarshal.AsImmutableArray<WeightPlacement>(placements!);
            return new WeightFileLayout
            {
                TargetChunkBytes = targetChunkBytes,
                Chunks = chunks.ToImmutable(),
                Weights = weights,
                ParametersOffset = 0,
                ParametersBytes = parametersBytes,
                DataBytes = end,
                Hash = HashOf(targetChunkBytes, chunks, weights, end),
            };
        }

        private long PlaceParameters()
        {
            long bytes = 0;
            foreach (KernelWeight weight in graph.Weights)
            {
                if (weight.Storage is LinearWeight && weight.Storage.Bytes <= LargestParameter)
                {
                    placements[weight.Id] = new WeightPlacement(weight.Id, bytes, 0, -1, 0, bytes);
                    bytes = Alignment.Up(checked(bytes + weight.Storage.Bytes), Alignment.Line);
                }
            }

            end = Alignment.Up(bytes, Alignment.Block);
            return bytes;
        }

        private void PlaceChunks(KernelWeight weight)
        {
            if (placements[weight.Id] is not null)
            {
                return;
            }

            if (weight.Storage is LinearWeight)
            {
                placements[weight.Id] = new WeightPlacement(weight.Id, end, 0, chunks.Count, 1, -1);
                AddChunk(weight, 0, default, weight.Storage.Bytes);
            }
            else if (weight.Storage is PanelWeight { Layout: var layout })
            {
                PlacePanels(weight, layout);
            }
        }

        private void PlacePanels(KernelWeight weight, PanelLayout layout)
        {
            if (layout.PanelBytes <= 0 || layout.PanelCount <= 0)
            {
                throw new ModelException($"weight '{weight.Name}' is empty: {layout.PanelCount} panels of {layout.PanelBytes} bytes");
            }

            int perChunk = (int)Math.Min(layout.PanelCount, Math.Max(1, targetChunkBytes / layout.PanelBytes));
            int count = (layout.PanelCount + perChunk - 1) / perChunk;
            placements[weight.Id] = new WeightPlacement(weight.Id, end, perChunk, chunks.Count, count, -1);
            for (int i = 0; i < count; i++)
            {
                int start = i * perChunk;
                var panels = new PanelRange(start, Math.Min(perChunk, layout.PanelCount - start));
                AddChunk(weight, i, panels, checked(panels.Count * layout.PanelBytes));
            }
        }

        private void AddChunk(KernelWeight weight, int index, PanelRange panels, long bytes)
        {
            if (bytes > int.MaxValue - Alignment.Block)
            {
                throw new ModelException(
                    $"weight '{weight.Name}' needs a chunk of {bytes} bytes; one read takes at most {int.MaxValue - Alignment.Block}");
            }

            var chunk = new ChunkInfo(chunks.Count, weight.Id, index, panels, end, (int)bytes);
            chunks.Add(chunk);
            end = checked(end + chunk.SlotBytes);
        }

        private void PlaceRows()
        {
            foreach (KernelWeight weight in graph.Weights)
            {
                if (weight.Storage is RowWeight)
                {
                    placements[weight.Id] = new WeightPlacement(weight.Id, end, 0, -1, 0, -1);
                    end = Alignment.Up(checked(end + weight.Storage.Bytes), Alignment.Block);
                }
            }
        }
    }
}
