using FlashMem.Abstractions.Devices;

namespace FlashMem.Simulator.Frameworks;

/// <summary>
/// An inference framework on a simulated device, so that published comparisons can be replayed: how it finds the device, what it does
/// before the first kernel, and what its process takes. Read from JSON (schema <c>flashmem.framework/1</c>). One set of figures for all
/// models.
/// </summary>
public sealed record FrameworkSpec
{
    public const string Schema = "flashmem.framework/1";

    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>Figures of the device as this framework meets them, by JSON path (see <see cref="Specs.SpecOverrides"/>).</summary>
    public IReadOnlyDictionary<string, Figure> Device { get; init; } = new Dictionary<string, Figure>();

    /// <summary>What it does with all weights before the first kernel; null for a framework that streams by a plan.</summary>
    public PreloadStages? Preload { get; init; }

    /// <summary>Weights that a streaming framework loads before its first kernel and keeps, as option <c>--pin</c> names them.</summary>
    public IReadOnlyList<string> Pin { get; init; } = [];

    /// <summary>
    /// Memory that a streaming framework has for the weights that it does not pin, over their bytes, beside pinned ones and activations;
    /// null when it preloads.
    /// </summary>
    public Figure? BudgetShare { get; init; }

    /// <summary>
    /// Objective of a streaming framework: least memory at this latency slack, as option <c>--latency-slack</c>; null for least latency.
    /// </summary>
    public Figure? LatencySlack { get; init; }

    /// <summary>Bytes of its activations over ours, which are single precision in memory.</summary>
    public required Figure ActivationShare { get; init; }

    /// <summary>Memory of the process that holds no tensor: code, driver, context.</summary>
    public required Figure ProcessBytes { get; init; }
}

/// <summary>Stages of a framework that preloads, one after the other.</summary>
public sealed record PreloadStages
{
    /// <summary>Context, graph, memory; the same for every model.</summary>
    public required Figure Initialization { get; init; }

    /// <summary>File to unified memory.</summary>
    public required Figure LoadBandwidth { get; init; }

    /// <summary>Unified memory to the layout of its kernels in texture memory.</summary>
    public required Figure TransformBandwidth { get; init; }

    /// <summary>How often all kernels run to choose among their variants.</summary>
    public required Figure TuningRuns { get; init; }

    /// <summary>Time of its kernels over the time of ours on the same device.</summary>
    public required Figure KernelFactor { get; init; }

    /// <summary>Share of the unified copy that is still held when everything has been transformed; it is freed then.</summary>
    public required Figure UnifiedKept { get; init; }
}
