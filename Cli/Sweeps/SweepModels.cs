using System.Collections.Concurrent;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Cli.Models;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Cli.Sweeps;

/// <summary>A model read, lowered and laid out once for all points that can share it.</summary>
internal sealed class SweepModel(string path, LocatedModel located)
{
    private readonly Lock gate = new();
    private IReadOnlyDictionary<string, Tensor>? inputs;

    public string Path { get; } = path;

    public LocatedModel Located { get; } = located;

    /// <summary>Seeded random inputs, the same for every point; made with the first session.</summary>
    public IReadOnlyDictionary<string, Tensor> Inputs(StreamingSession session)
    {
        lock (gate)
        {
            return inputs ??= ModelInputs.Create(session, [], seed: 1);
        }
    }
}

/// <summary>The models of a sweep by name and by what devices make of them. Thread-safe.</summary>
/// <param name="weightType">Element type of streamed weights.</param>
internal sealed class SweepModels(ElementType weightType)
{
    private readonly ConcurrentDictionary<(string Model, DeviceCapabilities Capabilities), Lazy<SweepModel>> models = new();

    /// <exception cref="Abstractions.Errors.ModelException">The model cannot be read, or has an unsupported operator.</exception>
    public SweepModel Get(string model, DeviceCapabilities capabilities) =>
        models.GetOrAdd((model, capabilities), key => new Lazy<SweepModel>(() => Read(key.Model, key.Capabilities))).Value;

    private SweepModel Read(string model, DeviceCapabilities capabilities)
    {
        string path = ModelFiles.LocateGraph(model);
        return new SweepModel(path, ModelLocator.LocateGraph(path, weightType, capabilities, PlanOptions.DefaultChunkBytes));
    }
}
