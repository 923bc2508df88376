namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>
/// How a kernel is cut into work-groups, work-items and vectors: what the tuner chooses. A function of the kernel and the device alone,
/// never of the slice that a dispatch computes, so that streamed and resident runs have the same sums.
/// </summary>
internal abstract record KernelTiles
{
    /// <summary>The whole choice in a few words; equal for equal tiles only, so that it can stand for them in a file.</summary>
    public abstract string Text { get; }
}
