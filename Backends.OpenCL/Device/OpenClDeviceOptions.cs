namespace FlashMem.Backends.OpenCL.Device;

/// <summary>How an OpenCL device is opened.</summary>
public sealed record OpenClDeviceOptions
{
    /// <summary>Which device of <see cref="OpenClPlatforms.List"/>. Default: the first.</summary>
    public int Index { get; init; }

    /// <summary>
    /// Kernels read streamed weights from images (textures), else from buffers. Default (null): what was tuned; else images, but buffers
    /// on CPU drivers, where images are slow, and on devices without them. Zero-copy devices have no texture tier and ignore it.
    /// </summary>
    public bool? WeightImages { get; init; }

    /// <summary>
    /// Bytes of one image of weights, a multiple of 4096. Default (null): as large as the driver has them. Kernels cannot move chunks to
    /// the image from which they read, so with in-kernel moves several smaller images leave more room to move.
    /// </summary>
    public long? TextureBlockBytes { get; init; }

    /// <summary>
    /// Host and kernels work on the same memory: no staging, no textures, no moves. Default (null): on CPU drivers. On others it would be
    /// wrong; off, a CPU driver behaves like a GPU with memory of its own, which is how those parts are tested without one.
    /// </summary>
    public bool? ZeroCopy { get; init; }

    /// <summary>Kernels are shaped for a CPU rather than for a GPU. Default (null): on CPU drivers.</summary>
    public bool? CpuKernels { get; init; }

    /// <summary>
    /// Depth steps of a weight that lie together, 1 or 4. Default (null): 4, a texel, but 1 for CPU kernels, whose vectors run along the columns.
    /// </summary>
    public int? DepthInterleave { get; init; }

    /// <summary>Directory for compiled programs; made when first written to. Default (null): programs are compiled at every start.</summary>
    public string? ProgramCacheDirectory { get; init; }

    /// <summary>
    /// Directory of tuned tiles; what is in it is used, and <see cref="Tuning.OpenClTuner"/> adds to it. Default (null): the tables' tiles.
    /// </summary>
    public string? TuningDirectory { get; init; }

    /// <summary>
    /// Most commands handed to the driver before an earlier one is complete, while they are short: the queues keep about 20 ms of work
    /// ahead, which hides the cost of launches and still lets a cancelled run end soon. Default: 256.
    /// </summary>
    public int SubmitAhead { get; init; } = 256;
}
