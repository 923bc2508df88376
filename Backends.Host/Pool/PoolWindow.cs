namespace FlashMem.Backends.Host.Pool;

/// <summary>The positions of one axis that a window covers.</summary>
/// <param name="First">Input position of the window's first element; negative in the padding.</param>
/// <param name="Kernel">Elements of the window.</param>
/// <param name="Dilation">Input positions between elements.</param>
/// <param name="Extent">Input positions.</param>
internal readonly record struct PoolWindow(long First, int Kernel, int Dilation, long Extent)
{
    /// <summary>First element inside the input.</summary>
    public int Start => First >= 0 ? 0 : (int)Math.Min(Kernel, (-First + Dilation - 1) / Dilation);

    /// <summary>One past the last element inside the input.</summary>
    public int End => (int)Math.Clamp((Extent - First + Dilation - 1) / Dilation, Start, Kernel);

    /// <summary>Input position of an element.</summary>
    public long At(int element) => First + ((long)element * Dilation);
}
