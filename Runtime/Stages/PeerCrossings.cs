using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Stages;
using FlashMem.Runtime.Execution;

namespace FlashMem.Runtime.Stages;

/// <summary>
/// Which values go from device to device: those from a stage to the very next one, where its device can copy from the other. A value that
/// skips a stage goes through the host, for its stage is not held back until a later one has room.
/// </summary>
internal sealed class PeerCrossings
{
    private readonly ImmutableHashSet<Crossing> crossings;
    private readonly RunPorts[] kept;

    public PeerCrossings(ImmutableArray<GraphStage> stages, IReadOnlyList<IDevice> devices)
    {
        Crossing[] all = [.. stages.SelectMany(stage => stage.Arrivals)];
        crossings =
        [
            .. all.Where(crossing => crossing.To == crossing.From + 1 && crossing.Bytes > 0
                && devices[crossing.To].CanCopyFrom(devices[crossing.From])),
        ];
        kept =
        [
            .. stages.Select(stage => new RunPorts
            {
                Kept = [.. all.Where(crossing => crossing.From == stage.Index).GroupBy(crossing => crossing.Port)
                    .Where(port => port.All(crossings.Contains)).Select(port => port.Key)],
            }),
        ];
    }

    /// <summary>The value goes from device to device.</summary>
    public bool Has(Crossing crossing) => crossings.Contains(crossing);

    /// <summary>A stage takes something from the device before it.</summary>
    public bool Reach(int stage) => crossings.Any(crossing => crossing.To == stage);

    /// <summary>What does not pass through the host in a run of a stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="rangeBefore">Where an output of the stage before it lies.</param>
    public RunPorts PortsOf(int stage, Func<string, MemoryRange> rangeBefore) => kept[stage] with
    {
        Sources = crossings.Where(crossing => crossing.To == stage)
            .ToImmutableDictionary(crossing => crossing.Port, crossing => rangeBefore(crossing.Port)),
    };
}
