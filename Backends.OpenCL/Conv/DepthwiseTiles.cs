using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.Conv;

/// <summary>How a depthwise convolution is cut: every channel's sum runs in the same order whatever the width.</summary>
/// <param name="Run">Neighbouring channels that a work-item computes as one vector: 1, 4 or 16.</param>
internal sealed record DepthwiseTiles(int Run) : KernelTiles
{
    private static readonly int[] Runs = [1, 4, 16];

    public override string Text => $"vectors of {Run}";

    /// <summary>The widest vectors on processors; on GPUs neighbouring work-items take neighbouring channels.</summary>
    /// <param name="widest">Longest run of channels that lie together in all operands: 1, 4 or 16.</param>
    /// <param name="cpu">The kernel is shaped for processors.</param>
    public static DepthwiseTiles Choose(int widest, bool cpu) => new(cpu && widest == 16 ? 16 : 1);

    /// <summary>All that the tuner may choose from.</summary>
    /// <param name="kernel">What the choice depends on besides the widths.</param>
    /// <param name="widest">As above.</param>
    /// <param name="cpu">As above.</param>
    public static TileProblem Problem(string kernel, int widest, bool cpu) => TileProblem.Of(
        $"{kernel}, runs of {widest}, for {(cpu ? "processors" : "GPUs")}",
        Choose(widest, cpu),
        Runs.Where(run => run <= widest).Select(run => new DepthwiseTiles(run)));
}
