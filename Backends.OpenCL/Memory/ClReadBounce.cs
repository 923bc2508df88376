using FlashMem.Abstractions.Devices;
using FlashMem.Backends.OpenCL.Native;

namespace FlashMem.Backends.OpenCL.Memory;

/// <summary>
/// Reads large results from the device through pinned memory, see <see cref="ResultFetch"/>. Drivers take several times as long to read into
/// memory that is not pinned. Thread-safe.
/// </summary>
internal sealed unsafe class ClReadBounce(ClContext context) : IDisposable
{
    private readonly object gate = new();
    private readonly ClMappedBuffer pinned =
        new(context, ResultFetch.Threads * ResultFetch.PieceBytes, "pinned memory for reading results");

    /// <summary>Reads bytes of a buffer; blocks until they are there.</summary>
    public void Read(nint source, long offset, Span<byte> destination)
    {
        lock (gate)
        {
            fixed (byte* target = destination)
            {
                ResultFetch.Read((nint)target, destination.Length, (thread, start, bytes) =>
                {
                    byte* place = pinned.Address + (thread * ResultFetch.PieceBytes);
                    ClStatus.Check(
                        context.Api.EnqueueReadBuffer(
                            context.HostQueue, source, true, (nuint)(offset + start), (nuint)bytes, place, 0, null, null),
                        "clEnqueueReadBuffer",
                        "reading results");
                    return (nint)place;
                });
            }
        }
    }

    public void Dispose() => pinned.Dispose();
}
