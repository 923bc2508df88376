using System.Collections.Immutable;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Packing;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Stages;

namespace FlashMem.Runtime.Execution;

/// <summary>What an executor must know of a weight file: the graph, where every byte lies and what it should hash to.</summary>
public sealed record StreamedModel
{
    public required KernelGraph Graph { get; init; }

    public required WeightFileLayout Layout { get; init; }

    /// <summary>First byte of the data section in the file; a multiple of 4096.</summary>
    public required long DataOffset { get; init; }

    /// <summary>Hash of the data section; a plan made for another one is refused.</summary>
    public string? ContentHash { get; init; }

    /// <summary>XxHash3 of every chunk, by id.</summary>
    public required ImmutableArray<ulong> ChunkChecksums { get; init; }

    /// <summary>An earlier run has found the chunks of the file, as it is now, right; see <see cref="ChecksumPolicy.NewFile"/>.</summary>
    public bool ChunksAreChecked { get; init; }

    /// <summary>XxHash3 of the parameters block.</summary>
    public required ulong ParametersChecksum { get; init; }

    /// <summary>XxHash3 of a row of a row weight: (weight, row).</summary>
    public required Func<int, long, ulong> RowChecksum { get; init; }

    /// <summary>
    /// Begins the labels of reads and copies, so that traces tell apart what several models do at a time; empty by default.
    /// </summary>
    public string LabelPrefix { get; init; } = "";

    /// <summary>
    /// A model whose weights need not exist, for devices that simulate time only: the layout is a function of the graph. Its checksums
    /// stand for bytes that nobody reads.
    /// </summary>
    public static StreamedModel WithoutFile(KernelGraph graph, WeightFileLayout layout) => new()
    {
        Graph = graph,
        Layout = layout,
        DataOffset = 0,
        ChunkChecksums = [.. new ulong[layout.Chunks.Length]],
        ParametersChecksum = 0,
        RowChecksum = (_, _) => 0,
    };

    /// <summary>The contents of an opened weight file.</summary>
    public static StreamedModel From(WeightFile file) => new()
    {
        Graph = file.Graph,
        Layout = file.Layout,
        DataOffset = file.DataOffset,
        ContentHash = file.ContentHash,
        ChunkChecksums = file.ChunkChecksums,
        ParametersChecksum = file.ParametersChecksum,
        RowChecksum = file.RowChecksum,
    };

    /// <summary>What one stage reads of the file, under the stage's own numbers; the graph is still the whole one.</summary>
    public StreamedModel Only(WeightFilePart part)
    {
        Func<int, long, ulong> rowChecksum = RowChecksum;
        ImmutableArray<ulong> checksums = ChunkChecksums;
        return this with
        {
            Layout = part.Layout,
            ChunkChecksums = [.. part.Chunks.Select(chunk => checksums[chunk])],
            RowChecksum = (weight, row) => rowChecksum(part.Weights[weight], row),
        };
    }
}
