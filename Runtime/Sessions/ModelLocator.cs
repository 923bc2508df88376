using System.Diagnostics;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Activations;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Runtime.Packing;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Sessions;

/// <summary>Finds the weight file of a model, or compiles the model so that one can be packed.</summary>
/// <param name="cacheDirectory">Cache directory; null for <see cref="CacheDirectory.Default"/>.</param>
public sealed class ModelLocator(string? cacheDirectory = null)
{
    /// <summary>File name extension of weight files.</summary>
    public const string WeightFileExtension = ".flashmem";

    private readonly WeightFileCache cache = new(cacheDirectory);

    /// <summary>
    /// Opens a weight file by its path, or the cached one of a model. Where the cache has none that is still good, the model is imported
    /// and compiled; no weight is read.
    /// </summary>
    /// <param name="path">A weight file (<c>.flashmem</c>) or a model.</param>
    /// <param name="weightType">Element type of streamed weights; ignored for a weight file, which has its own.</param>
    /// <param name="capabilities">Of the device: how its kernels want panels laid out.</param>
    /// <param name="chunkBytes">Chunk size aimed at.</param>
    /// <param name="progress">Told of import and compilation.</param>
    public LocatedModel Locate(
        string path, ElementType weightType, DeviceCapabilities capabilities, long chunkBytes, IProgress<LoadProgress>? progress = null)
    {
        if (IsWeightFile(path))
        {
            return OpenFile(path, capabilities);
        }

        // Most models are identified without being parsed; one with large inline weights must be, to know what not to hash.
        ModelGraph? model = null;
        double? importMs = null;
        string? hash = OnnxModelReader.TryHash(path);
        if (hash is null)
        {
            (model, importMs) = Import(path, progress);
            hash = model.Hash;
        }

        var key = new WeightFileKey
        {
            ModelPath = Path.GetFullPath(path),
            ModelHash = hash,
            WeightType = weightType,
            PanelWidth = capabilities.PanelWidth,
            DepthInterleave = capabilities.DepthInterleave,
            TargetChunkBytes = chunkBytes,
        };
        if (cache.TryOpen(key) is { } file)
        {
            return Opened(file, key) with { ImportMs = importMs };
        }

        if (model is null)
        {
            (model, importMs) = Import(path, progress);
        }

        progress?.Report(new LoadProgress(LoadStage.Compile, 0, 0, model.Name));
        long start = Stopwatch.GetTimestamp();
        KernelGraph graph = GraphCompiler.Compile(model, Options(weightType, capabilities));
        return new LocatedModel
        {
            Graph = graph,
            Layout = WeightFileLayout.Compute(graph, chunkBytes),
            File = null,
            Key = key,
            ImportMs = importMs,
            CompileMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds,
        };
    }

    /// <summary>Compiles a model whose weights need not exist.</summary>
    public static LocatedModel CompileGraph(string path, ElementType weightType, DeviceCapabilities capabilities, long chunkBytes) =>
        CompileGraph(OnnxModelReader.ReadGraphOnly(path), weightType, capabilities, chunkBytes);

    /// <summary>The same for a model that has been read.</summary>
    public static LocatedModel CompileGraph(ModelGraph model, ElementType weightType, DeviceCapabilities capabilities, long chunkBytes)
    {
        KernelGraph graph = GraphCompiler.Compile(model, Options(weightType, capabilities));
        return new LocatedModel { Graph = graph, Layout = WeightFileLayout.Compute(graph, chunkBytes), File = null, Key = null };
    }

    /// <summary>
    /// A model whose weights need not exist, from its graph or from a weight file, whose layout it then has; the file is not read further.
    /// </summary>
    public static LocatedModel LocateGraph(string path, ElementType weightType, DeviceCapabilities capabilities, long chunkBytes)
    {
        if (!IsWeightFile(path))
        {
            return CompileGraph(path, weightType, capabilities, chunkBytes);
        }

        using LocatedModel opened = OpenFile(path, capabilities);
        return opened with { File = null };
    }

    /// <summary>The same model with its weight file, packing it when it has none. Owns what it returns; the argument is used up.</summary>
    public async Task<LocatedModel> PackAsync(LocatedModel model, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        if (model.File is not null)
        {
            return model;
        }

        IProgress<PackProgress>? packing = progress is null ? null : new PackForwarder(progress);
        WeightFile file = await cache
            .GetOrPackAsync(model.Key!, () => ActivationTypes.Set(model.Graph, ElementType.Float32), new PackOptions(), packing, cancellationToken)
            .ConfigureAwait(false);
        LocatedModel packed = model with { File = file, Graph = file.Graph, Layout = file.Layout };
        return packed.WithActivations(ActivationTypes.Of(model.Graph));
    }

    /// <summary>The path names a weight file, not a model.</summary>
    public static bool IsWeightFile(string path) =>
        string.Equals(Path.GetExtension(path), WeightFileExtension, StringComparison.OrdinalIgnoreCase);

    private static LoweringOptions Options(ElementType weightType, DeviceCapabilities capabilities) => new()
    {
        WeightType = weightType,
        PanelWidth = capabilities.PanelWidth,
        DepthInterleave = capabilities.DepthInterleave,
    };

    /// <summary>Opens a weight file named by its path; refuses one that was packed for devices of another kind.</summary>
    private static LocatedModel OpenFile(string path, DeviceCapabilities capabilities)
    {
        WeightFile file = WeightFile.Open(path);
        foreach (KernelWeight weight in file.Graph.Weights)
        {
            if (weight.Storage is PanelWeight { Layout: var layout }
                && (layout.PanelWidth != capabilities.PanelWidth || layout.DepthInterleave != capabilities.DepthInterleave))
            {
                file.Dispose();
                throw new UsageException(
                    $"weight file '{path}' was packed for another kind of device: its panels have {layout.PanelWidth} columns and "
                    + $"interleave {layout.DepthInterleave} depth steps, this device reads {capabilities.PanelWidth} and "
                    + $"{capabilities.DepthInterleave}; give the model instead");
            }
        }

        return Opened(file, null);
    }

    private static LocatedModel Opened(WeightFile file, WeightFileKey? key) =>
        new() { Graph = file.Graph, Layout = file.Layout, File = file, Key = key };

    private static (ModelGraph Model, double ImportMs) Import(string path, IProgress<LoadProgress>? progress)
    {
        progress?.Report(new LoadProgress(LoadStage.Import, 0, 0, Path.GetFileName(path)));
        long start = Stopwatch.GetTimestamp();
        ModelGraph model = OnnxModelReader.Read(path);
        return (model, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private sealed class PackForwarder(IProgress<LoadProgress> target) : IProgress<PackProgress>
    {
        public void Report(PackProgress value) =>
            target.Report(new LoadProgress(LoadStage.Pack, value.BytesDone, value.BytesTotal, value.Stage));
    }
}
