using FlashMem.Backends.ILGPU.Queues;

namespace FlashMem.Backends.ILGPU.Device;

/// <summary>How an ILGPU device is opened. Immutable.</summary>
public sealed record IlgpuDeviceOptions
{
    public required IlgpuDeviceKind Kind { get; init; }

    /// <summary>Which of the kind, from 0; ignored for <see cref="IlgpuDeviceKind.Cpu"/>. Default: the first.</summary>
    public int Index { get; init; }

    /// <summary>
    /// Threads of a group on <see cref="IlgpuDeviceKind.Cpu"/>, each a thread of the system; a power of two of at least 4. Default: 4. Ignored
    /// for other kinds.
    /// </summary>
    public int CpuThreads { get; init; } = 4;

    /// <summary>
    /// Products by tiles in shared memory (256 threads a group). Default (null): on GPUs, for one thread of a processor per element is cheaper
    /// than barriers.
    /// </summary>
    public bool? TiledProducts { get; init; }

    /// <summary>
    /// Tiles of weights of halves are multiplied by fragments as tensor cores do it, but without them, which needs <see cref="TiledProducts"/>; for
    /// tests. Default: no. Tensor cores are used wherever they are.
    /// </summary>
    public bool FragmentTiles { get; init; }

    /// <summary>Bytes of the tables that kernels read their views and expressions from; counted as workspace. Default: 2 MiB.</summary>
    public int TableBytes { get; init; } = 2 << 20;

    /// <summary>Puts something between the queues and their streams, for tests. Default: nothing.</summary>
    internal Func<ICommandStream, ICommandStream>? Streams { get; init; }

    /// <summary>Most commands of a queue in the driver's hands at one time. Default: 64.</summary>
    public int SubmitAhead { get; init; } = 64;
}
