using FlashMem.Abstractions.Devices;
using FlashMem.Backends.ILGPU.Native;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace FlashMem.Backends.ILGPU.Memory;

/// <summary>
/// Reads large results from a CUDA device: pieces go at the link's speed into page-locked memory, and while one is on its way the one before
/// it is copied to the caller. The driver takes five times as long to read into memory that is not page-locked. Thread-safe.
/// </summary>
internal sealed unsafe class ReadBounce : IDisposable
{
    /// <summary>Shorter reads gain nothing.</summary>
    public const int WorthwhileBytes = 1 << 20;

    private const int PieceBytes = 2 << 20;
    private const int Pieces = 2;
    private const string What = "reading results";

    private readonly object gate = new();
    private readonly nint[] ready = new nint[Pieces];
    private readonly CudaDriver driver;
    private readonly Accelerator accelerator;
    private readonly CudaStream stream;
    private readonly nint pinned;

    public ReadBounce(CudaDriver driver, Accelerator accelerator)
    {
        this.driver = driver;
        this.accelerator = accelerator;
        accelerator.Bind();
        stream = (CudaStream)accelerator.CreateStream();
        pinned = driver.AllocateHost(Pieces * PieceBytes);
        for (int i = 0; i < Pieces; i++)
        {
            ready[i] = driver.CreateEvent();
        }
    }

    /// <summary>Reads from an address of the device; blocks until the bytes are there. Whoever wrote them is done.</summary>
    public void Read(nint source, Span<byte> destination)
    {
        lock (gate)
        {
            accelerator.Bind();
            int count = (destination.Length + PieceBytes - 1) / PieceBytes;
            for (int i = 0; i < count + Pieces - 1; i++)
            {
                if (i < count)
                {
                    driver.CopyToHost(PlaceOf(i), source + (i * (nint)PieceBytes), LengthOf(destination, i), stream.StreamPtr, What);
                    driver.Record(ready[i % Pieces], stream.StreamPtr, What);
                }

                if (i >= Pieces - 1)
                {
                    Finish(destination, i - Pieces + 1);
                }
            }
        }
    }

    public void Dispose()
    {
        LostDevice.Free(accelerator.Bind);
        foreach (nint handle in ready)
        {
            driver.DestroyEvent(handle);
        }

        driver.FreeHost(pinned);
        LostDevice.Free(stream.Dispose);
    }

    private static int LengthOf(Span<byte> destination, int piece) => Math.Min(PieceBytes, destination.Length - (piece * PieceBytes));

    private nint PlaceOf(int piece) => pinned + (piece % Pieces * PieceBytes);

    private void Finish(Span<byte> destination, int piece)
    {
        driver.Synchronize(ready[piece % Pieces], What);
        int length = LengthOf(destination, piece);
        HostCopy.Copy(new ReadOnlySpan<byte>((void*)PlaceOf(piece), length), destination.Slice(piece * PieceBytes, length));
    }
}
