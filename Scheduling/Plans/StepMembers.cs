using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Scheduling.Plans;

/// <summary>A step while it is read.</summary>
internal struct StepMembers()
{
    private static readonly string[] Names =
        ["kernel", "name", "panels", "loads", "moves", "releases", "startMs", "endMs", "residentBytes"];

    private MemberSet seen = new("a step", Names);

    public int Kernel;
    public string Name = "";
    public PanelRange Panels;
    public ImmutableArray<ChunkLoad> Loads;
    public ImmutableArray<ChunkMove> Moves;
    public ImmutableArray<int> Releases;
    public double StartMs;
    public double EndMs;
    public TierBytes Resident;

    public void Mark(string name) => seen.Mark(name);

    public readonly PlanStep ToStep()
    {
        seen.RequireAll();
        return new PlanStep
        {
            Kernel = Kernel,
            Name = Name,
            Panels = Panels,
            Loads = Loads,
            Moves = Moves,
            Releases = Releases,
            StartMs = StartMs,
            EndMs = EndMs,
            Resident = Resident,
        };
    }
}
