namespace FlashMem.Abstractions.Kernels;

/// <summary>A run of panels of one weight, counted over all groups.</summary>
public readonly record struct PanelRange(int Start, int Count)
{
    public int End => Start + Count;
}
