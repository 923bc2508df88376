using FlashMem.Abstractions.Devices;
using FlashMem.Backends.ILGPU.Native;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace FlashMem.Backends.ILGPU.Memory;

/// <summary>
/// Reads large results from a CUDA device through page-locked memory, see <see cref="ResultFetch"/>. The driver takes five times as long to read
/// into memory that is not page-locked. Thread-safe.
/// </summary>
internal sealed unsafe class ReadBounce : IDisposable
{
    private const string What = "reading results";

    private readonly object gate = new();
    private readonly CudaStream[] streams = new CudaStream[ResultFetch.Threads];
    private readonly CudaDriver driver;
    private readonly Accelerator accelerator;
    private readonly nint pinned;

    public ReadBounce(CudaDriver driver, Accelerator accelerator)
    {
        this.driver = driver;
        this.accelerator = accelerator;
        accelerator.Bind();
        pinned = driver.AllocateHost(ResultFetch.Threads * ResultFetch.PieceBytes);
        for (int i = 0; i < streams.Length; i++)
        {
            streams[i] = (CudaStream)accelerator.CreateStream();
        }
    }

    /// <summary>Reads from an address of the device; blocks until the bytes are there. Whoever wrote them is done.</summary>
    public void Read(nint source, Span<byte> destination)
    {
        lock (gate)
        {
            fixed (byte* target = destination)
            {
                ResultFetch.Read((nint)target, destination.Length, (thread, start, bytes) =>
                {
                    nint place = pinned + (thread * ResultFetch.PieceBytes);
                    nint stream = streams[thread].StreamPtr;
                    accelerator.Bind();
                    driver.CopyToHost(place, source + start, bytes, stream, What);
                    driver.SynchronizeStream(stream, What);
                    return place;
                });
            }
        }
    }

    public void Dispose()
    {
        LostDevice.Free(accelerator.Bind);
        driver.FreeHost(pinned);
        foreach (CudaStream stream in streams)
        {
            LostDevice.Free(stream.Dispose);
        }
    }
}
