using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Planners;

/// <summary>Consecutive loads of a schedule that one copy moves.</summary>
/// <param name="First">Index of the first load.</param>
/// <param name="Count">Number of loads.</param>
/// <param name="Step">Step that carries it.</param>
/// <param name="Mode">How it moves.</param>
internal readonly record struct PlacedMove(int First, int Count, int Step, MoveMode Mode)
{
    public int End => First + Count;
}
