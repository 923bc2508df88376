using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Cli.Policies;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Sweeps;

/// <summary>What a sweep file (schema flashmem.sweep/1) asks for: the product of its lists. Read by <see cref="SweepReader"/>.</summary>
internal sealed record SweepSpec
{
    public const string Schema = "flashmem.sweep/1";

    public const int DefaultIterations = 2;

    /// <summary>Simulated devices by name.</summary>
    public required ImmutableArray<string> Devices { get; init; }

    /// <summary>Models as on the command line.</summary>
    public required ImmutableArray<string> Models { get; init; }

    /// <summary>Bytes; null runs without a budget, with everything preloaded. No budget by default.</summary>
    public ImmutableArray<long?> Budgets { get; init; } = [null];

    /// <summary>Overlap by default.</summary>
    public ImmutableArray<PolicyChoice> Policies { get; init; } = [new(PlanPolicy.Overlap)];

    /// <summary>Figures of the devices that change; nothing by default.</summary>
    public ImmutableArray<SweepAxis> Set { get; init; } = [];

    /// <summary>Element type of streamed weights; half precision by default.</summary>
    public ElementType WeightType { get; init; } = ElementType.Float16;

    /// <summary>Element type of floating-point activations; single precision by default.</summary>
    public ElementType ActivationType { get; init; } = ElementType.Float32;

    /// <summary>Repeated runs after the first one of every point.</summary>
    public int Iterations { get; init; } = DefaultIterations;
}

/// <summary>A figure of a device and the values that it takes.</summary>
/// <param name="Key">JSON path in the device's spec.</param>
/// <param name="Values">As they were written, for example <c>4KiB</c>.</param>
internal sealed record SweepAxis(string Key, ImmutableArray<string> Values);
