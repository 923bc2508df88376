using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>What templates adapt to: facts that the driver reports and choices that the tuner makes. Part of every program's cache key.</summary>
internal sealed record ClTraits
{
    /// <summary>Streamed weights are read from images (2.5D textures) by <c>read_imagef</c>; else from buffers.</summary>
    public required bool WeightImages { get; init; }

    /// <summary>The device is a CPU: no shared local memory worth using, few wide work-groups, long inner loops for its vectoriser.</summary>
    public required bool Cpu { get; init; }

    public required int ComputeUnits { get; init; }

    public required int MaxWorkGroup { get; init; }

    public required long LocalBytes { get; init; }

    /// <summary>
    /// Texture memory is images of so many bytes; chunks whose offsets in one memory have different quotients by it lie in different images,
    /// so one launch cannot read both. Larger than any memory where weights are in buffers.
    /// </summary>
    public long TextureBlockBytes { get; init; } = long.MaxValue / 4096 * 4096;

    /// <summary>
    /// Element type of the weights whose chunks the kernel's dispatches may carry (Kernels/moves.cl); null when they carry nothing.
    /// </summary>
    public ElementType? CarriedWeights { get; init; }

    /// <summary>
    /// Loops of kernels that carry moves are cut in two, so that neither has a branch. Off on CPU drivers, whose compilers take several times
    /// as long over the doubled loops.
    /// </summary>
    public bool CutMoveLoops { get; init; } = true;

    /// <summary>Where tuned tiles are looked for; null, the default, where nobody tuned: all are the tables'.</summary>
    public TileStore? Tuned { get; init; }

    /// <summary>cl_khr_fp16: half arithmetic. Loads of halves from buffers work without it.</summary>
    public bool HalfArithmetic { get; init; }
}
