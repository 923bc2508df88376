using FlashMem.Abstractions.Devices;
using FlashMem.Backends.OpenCL.Native;

namespace FlashMem.Backends.OpenCL.Memory;

/// <summary>
/// Reads large results from the device: pieces go at the link's speed into pinned memory of our own, and while one is on its way the one
/// before it is copied to the caller. Drivers take several times as long to read into memory that is not pinned. Thread-safe.
/// </summary>
internal sealed unsafe class ClReadBounce : IDisposable
{
    /// <summary>Shorter reads gain nothing.</summary>
    public const int WorthwhileBytes = 2 * PieceBytes;

    private const int PieceBytes = 2 << 20;
    private const int Pieces = 2;

    private readonly object gate = new();
    private readonly nint[] ready = new nint[Pieces];
    private readonly ClContext context;
    private readonly ClMappedBuffer pinned;

    public ClReadBounce(ClContext context)
    {
        this.context = context;
        pinned = new ClMappedBuffer(context, Pieces * PieceBytes, "pinned memory for reading results");
    }

    /// <summary>Reads bytes of a buffer; blocks until they are there.</summary>
    public void Read(nint source, long offset, Span<byte> destination)
    {
        lock (gate)
        {
            int count = (destination.Length + PieceBytes - 1) / PieceBytes;
            for (int i = 0; i < count + Pieces - 1; i++)
            {
                if (i < count)
                {
                    Start(source, offset, destination.Length, i);
                }

                if (i >= Pieces - 1)
                {
                    Finish(destination, i - Pieces + 1);
                }
            }
        }
    }

    public void Dispose() => pinned.Dispose();

    private static int LengthOf(int length, int piece) => Math.Min(PieceBytes, length - (piece * PieceBytes));

    private byte* PlaceOf(int piece) => pinned.Address + (piece % Pieces * PieceBytes);

    private void Start(nint source, long offset, int length, int piece)
    {
        nint done;
        ClStatus.Check(
            context.Api.EnqueueReadBuffer(
                context.HostQueue,
                source,
                false,
                (nuint)(offset + ((long)piece * PieceBytes)),
                (nuint)LengthOf(length, piece),
                PlaceOf(piece),
                0,
                null,
                &done),
            "clEnqueueReadBuffer");
        context.Handles.Add(ClHandleKind.Event);
        ready[piece % Pieces] = done;
        ClStatus.Check(context.Api.Flush(context.HostQueue), "clFlush");
    }

    private void Finish(Span<byte> destination, int piece)
    {
        nint done = ready[piece % Pieces];
        int status = context.Api.WaitForEvents(1, &done);
        context.ReleaseEvent(done);
        ClStatus.Check(status, "clWaitForEvents", "reading results");
        int length = LengthOf(destination.Length, piece);
        HostCopy.Copy(new ReadOnlySpan<byte>(PlaceOf(piece), length), destination.Slice(piece * PieceBytes, length));
    }
}
