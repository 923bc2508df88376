using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Packing;

/// <summary>Writes the weight file of a kernel graph: the one pass over a model's weights, after which runs need only that file.</summary>
public static class WeightPacker
{
    /// <summary>
    /// Packs all weights of a graph into a file. It appears under its name complete and forced to disk, or not at all: a failed, cancelled
    /// or killed packing leaves nothing that a later run trusts. Equal inputs give equal content hashes, and equal files when the source
    /// files are the same ones.
    /// </summary>
    /// <exception cref="ModelException">A source is missing, short or changing, or a value has no place in the weight's type.</exception>
    /// <exception cref="RunFailedException">The disk is too full, or writing failed.</exception>
    public static Task PackAsync(
        KernelGraph graph, string path, PackOptions options, IProgress<PackProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(options);
        path = Path.GetFullPath(path);
        return Task.Factory.StartNew(
            () => Pack(graph, path, options, progress, cancellationToken),
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    /// <summary>Length of the weight file, but for the few bytes by which it names its sources.</summary>
    public static long EstimateBytes(KernelGraph graph, PackOptions options)
    {
        WeightFileLayout layout = WeightFileLayout.Compute(graph, options.TargetChunkBytes);
        byte[] info = WeightFileInfoJson.Write(MakeInfo(graph, layout, []));
        long checksums = WeightFileChecksums.BytesFor(graph, layout);
        return WeightFileHeader.DataOffset(info.Length, WriteGraph(graph).Length, checksums) + layout.DataBytes;
    }

    private static void Pack(
        KernelGraph graph, string path, PackOptions options, IProgress<PackProgress>? progress, CancellationToken cancellationToken)
    {
        WeightFileLayout layout = WeightFileLayout.Compute(graph, options.TargetChunkBytes);
        WeightFileChecksums checksums = WeightFileChecksums.Empty(graph, layout);
        byte[] graphJson = WriteGraph(graph);
        using var files = new SourceFiles(graph);
        WeightFileInfo info = MakeInfo(graph, layout, files.Identities);
        long headerBytes = WeightFileHeader.Write(info, graphJson, checksums.ToBytes()).Length;
        long total = headerBytes + layout.DataBytes;
        progress?.Report(new PackProgress(0, total, "reserving space"));
        try
        {
            using var target = new PackTarget(path, total);
            using (var job = new PackJob(graph, layout, checksums, files, target, headerBytes, options))
            {
                job.Run((bytes, stage) => progress?.Report(new PackProgress(bytes, total, stage)), cancellationToken);
            }

            files.ThrowIfChanged();
            target.Write(WeightFileHeader.Write(info, graphJson, checksums.ToBytes()), 0);
            progress?.Report(new PackProgress(total, total, "flushing to disk"));
            cancellationToken.ThrowIfCancellationRequested();
            target.Commit();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunFailedException($"cannot write weight file '{path}' of {total} bytes: {error.Message}", error);
        }
        finally
        {
            // Computed weights leave large dead arrays; the run that follows is judged by the memory of the whole process.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    private static WeightFileInfo MakeInfo(KernelGraph graph, WeightFileLayout layout, ImmutableArray<SourceIdentity> sources) => new()
    {
        ToolVersion = typeof(WeightPacker).Assembly.GetName().Version!.ToString(3),
        ModelHash = graph.ModelHash,
        TargetChunkBytes = layout.TargetChunkBytes,
        DataBytes = layout.DataBytes,
        Sources = sources,
    };

    private static byte[] WriteGraph(KernelGraph graph)
    {
        using var stream = new MemoryStream();
        KernelGraphJson.Write(stream, graph);
        return stream.ToArray();
    }
}
