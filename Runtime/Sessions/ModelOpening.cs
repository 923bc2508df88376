using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Packing;
using FlashMem.Runtime.Storage;
using FlashMem.Scheduling.Stages;

namespace FlashMem.Runtime.Sessions;

/// <summary>What opening a model for a device takes, whether it runs alone or in a queue.</summary>
internal static class ModelOpening
{
    /// <summary>False on devices that simulate time only: no weight is read there.</summary>
    public static bool NeedsFile(IDevice device) => device is not ISimulatedDevice { HasValues: false };

    /// <summary>Finds the model's weight file, or compiles the model so that one can be packed; reads no weight.</summary>
    public static LocatedModel Locate(string path, SessionOptions options, IDevice device, IProgress<LoadProgress>? progress)
    {
        long chunkBytes = options.Plan?.ChunkBytes ?? options.ChunkBytes;
        LocatedModel model = (NeedsFile(device), options.Located) switch
        {
            (false, null) => ModelLocator.LocateGraph(path, options.WeightType, device.Capabilities, chunkBytes),
            (false, { } located) => located,
            (true, null) => new ModelLocator(options.CacheDirectory)
                .Locate(path, options.WeightType, device.Capabilities, chunkBytes, progress),
            _ => throw new UsageException($"{device.Name} computes values and needs a weight file; SessionOptions.Located has none"),
        };
        return model.WithActivations(ActivationTypeOf(options));
    }

    /// <summary>Type of the floating-point activations: a given plan's, or as the options say.</summary>
    public static ElementType ActivationTypeOf(SessionOptions options) => options.Plan?.ActivationType ?? options.ActivationType;

    /// <summary>What an executor must know of the model; whether an earlier run has found its weight file right.</summary>
    public static StreamedModel Stream(LocatedModel model, CheckedFiles checkedFiles) => model.File is { } weights
        ? Of(weights, model.Part) with { Graph = model.Graph, ChunksAreChecked = checkedFiles.Has(weights) }
        : StreamedModel.WithoutFile(model.Graph, model.Layout);

    private static StreamedModel Of(WeightFile weights, WeightFilePart? part) =>
        part is null ? StreamedModel.From(weights) : StreamedModel.From(weights).Only(part);

    /// <summary>Where it is remembered which weight files were found right.</summary>
    public static CheckedFiles CheckedFiles(SessionOptions options) => new(options.CacheDirectory ?? CacheDirectory.Default);

    /// <summary>Storage for the model's weights: the device's own, one that the device models, or the file itself.</summary>
    /// <param name="model">With its weight file, where the device needs one.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="options">How the file is read.</param>
    /// <param name="trace">Told of reads; null for nobody.</param>
    /// <param name="file">The file's reader, where there is one.</param>
    /// <returns>What the caller must dispose unless it is the device's own.</returns>
    public static IWeightStorage OpenStorage(
        LocatedModel model, IDevice device, StorageOptions options, ITraceSink? trace, out FileWeightStorage? file)
    {
        // A simulated device traces reads itself: when they happen is its affair.
        file = device.Storage is null && model.File is not null
            ? new FileWeightStorage(model.File, options, device is ISimulatedDevice ? null : trace, () => device.Now)
            : null;
        return device.Storage ?? (device is ISimulatedDevice simulated ? simulated.OpenStorage(file) : file!);
    }
}
