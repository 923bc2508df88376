using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Native;

namespace FlashMem.Backends.OpenCL.Memory;

/// <summary>
/// An allocation of an OpenCL device. It stays usable for <see cref="Read"/> after the device is disposed, until it is itself.
/// </summary>
internal abstract class ClMemory : IDeviceMemory
{
    private bool disposed;

    protected ClMemory(ClContext context, MemoryTier tier, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Context = context;
        Tier = tier;
        Bytes = bytes;
        context.AddReference();
    }

    public MemoryTier Tier { get; }

    public long Bytes { get; }

    public virtual nint HostAddress => 0;

    public ClContext Context { get; }

    /// <summary>The buffer that kernels and copies use; throws where there is none.</summary>
    public abstract nint Buffer { get; }

    public void Read(long offset, Span<byte> destination)
    {
        Require(offset, destination.Length);
        if (!destination.IsEmpty)
        {
            ReadBytes(offset, destination);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        Require(offset, source.Length);
        if (!source.IsEmpty)
        {
            WriteBytes(offset, source);
        }
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        Release();
        Context.RemoveReference();
    }

    protected abstract void ReadBytes(long offset, Span<byte> destination);

    protected abstract void WriteBytes(long offset, ReadOnlySpan<byte> source);

    protected abstract void Release();

    /// <summary>For a constructor that failed: nothing was made, so nothing is released.</summary>
    protected void Abandon()
    {
        disposed = true;
        Context.RemoveReference();
    }

    protected DeviceException NoBuffer(string why) => new($"opencl: kernels cannot use {Tier} memory as a buffer: {why}");

    private void Require(long offset, long count)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (offset < 0 || offset > Bytes - count)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + count} of an allocation of {Bytes}");
        }
    }
}
