using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Activations;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Packing;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Stages;

namespace FlashMem.Runtime.Sessions;

/// <summary>A model found on disk: with its weight file, or compiled and not packed yet. Owns the weight file.</summary>
public sealed record LocatedModel : IDisposable
{
    /// <summary>The kernels; those of the weight file unless a plan splits some or activations are halves.</summary>
    public required KernelGraph Graph { get; init; }

    public required WeightFileLayout Layout { get; init; }

    /// <summary>
    /// The part of the weight file that <see cref="Graph"/> and <see cref="Layout"/> are of, a stage's; null, the default, for the whole.
    /// </summary>
    public WeightFilePart? Part { get; init; }

    /// <summary>The packed weights; null when they must be packed first.</summary>
    public required WeightFile? File { get; init; }

    /// <summary>Where the weight file is cached; null when the path named a weight file.</summary>
    public required WeightFileKey? Key { get; init; }

    /// <summary>Milliseconds of reading the model; null when it was not needed.</summary>
    public double? ImportMs { get; init; }

    /// <summary>Milliseconds of passes and lowering; null when they were not needed.</summary>
    public double? CompileMs { get; init; }

    /// <summary>The same model with floating-point activations of a type, Float16 or Float32.</summary>
    public LocatedModel WithActivations(ElementType type) => this with { Graph = ActivationTypes.Set(Graph, type) };

    public void Dispose() => File?.Dispose();
}
