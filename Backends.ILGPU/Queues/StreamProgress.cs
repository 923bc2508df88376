using FlashMem.Backends.ILGPU.Native;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>
/// How far a stream has come: a word in page-locked memory into which the device writes the numbers of places as it reaches them. Numbers are
/// compared by their distance, so that they may begin anew. One thread numbers places, any may look.
/// </summary>
internal sealed unsafe class StreamProgress(CudaDriver driver) : IDisposable
{
    private nint address = AllocateWord(driver);
    private uint last;

    /// <summary>The word's address, the same for the host and for every GPU.</summary>
    public nint Address => address;

    /// <summary>The number of the next place.</summary>
    public uint Next() => Interlocked.Increment(ref last);

    /// <summary>The device has passed a place.</summary>
    public bool HasReached(uint place) => (int)(Volatile.Read(ref *(uint*)address) - place) >= 0;

    /// <summary>The stream will never get further: those who wait for it on another GPU go on.</summary>
    public void Abandon() => Volatile.Write(ref *(uint*)address, Volatile.Read(ref last));

    public void Dispose()
    {
        driver.FreeHost(address);
        address = 0;
    }

    private static nint AllocateWord(CudaDriver driver)
    {
        nint word = driver.AllocateHost(sizeof(uint));
        *(uint*)word = 0;
        return word;
    }
}
