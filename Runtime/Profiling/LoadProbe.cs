using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Profiling;

/// <summary>Moves chunks beside or inside a kernel and sees how much longer it takes.</summary>
internal sealed class LoadProbe : IDisposable
{
    private readonly ProbeQueue queue;
    private readonly ProfileOptions options;
    private readonly IDeviceMemory source;
    private readonly IDeviceMemory target;
    private readonly long mostCarried;

    public LoadProbe(IDevice device, ProbeQueue queue, ProfileOptions options)
    {
        this.queue = queue;
        this.options = options;
        source = device.Allocate(MemoryTier.Unified, options.TransferBytes);
        source.Write(0, new byte[options.TransferBytes]);
        target = device.Allocate(MemoryTier.Texture, options.TransferBytes);
        mostCarried = Math.Min(options.TransferBytes, device.Capabilities.TextureBlockBytes);
    }

    /// <summary>Unified to texture memory with nothing beside it, bytes per second.</summary>
    public double BytesPerSecond() => options.TransferBytes / (queue.MedianMs(CopyWhole) / 1e3);

    /// <summary>
    /// Latency by extra bytes: none, then doubling from a sixteenth of a chunk; to at most one texture's bytes inside a kernel, which moves
    /// to one texture.
    /// </summary>
    public LoadCapacityCurve Curve(DispatchCommand command, MoveMode mode)
    {
        var loads = new List<long>();
        long most = mode == MoveMode.InKernel ? mostCarried : options.TransferBytes;
        for (long bytes = 0; bytes <= most; bytes = bytes == 0 ? options.ChunkBytes / 16 : bytes * 2)
        {
            loads.Add(bytes);
        }

        double[] times = queue.MediansMs([.. loads.Select(extra => (Action)(() => Run(command, mode, extra)))]);
        ImmutableArray<LoadPoint> points = [.. loads.Zip(times, (extra, ms) => new LoadPoint(extra, ms))];

        KernelDesc kernel = command.Kernel.Desc;
        return new LoadCapacityCurve(kernel.Class, kernel.Name, mode, ProbeKernels.InputBytes(command), points);
    }

    public void Dispose()
    {
        source.Dispose();
        target.Dispose();
    }

    private void Run(DispatchCommand command, MoveMode mode, long bytes)
    {
        if (mode == MoveMode.InKernel)
        {
            queue.Dispatch(command with { Moves = [.. Moves(bytes)] });
            return;
        }

        queue.Dispatch(command);
        Copy(bytes);
    }

    /// <summary>Enqueues one copy of so many bytes, at most <see cref="ProfileOptions.TransferBytes"/>.</summary>
    public TimePoint CopyOf(long bytes, params ReadOnlySpan<TimePoint> waits) => queue.Copy(
        new CopyCommand("profile", new MemoryRange(source, 0, bytes), new MemoryRange(target, 0, bytes)), waits);

    private void CopyWhole() => CopyOf(source.Bytes);

    private void Copy(long bytes)
    {
        foreach (CopyCommand move in Moves(bytes))
        {
            queue.Copy(move);
        }
    }

    private IEnumerable<CopyCommand> Moves(long bytes)
    {
        for (long offset = 0; offset < bytes; offset += options.ChunkBytes)
        {
            long length = Math.Min(options.ChunkBytes, bytes - offset);
            yield return new CopyCommand("profile", new MemoryRange(source, offset, length), new MemoryRange(target, offset, length));
        }
    }
}
