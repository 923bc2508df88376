using System.IO.Hashing;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Runtime.Storage;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Runtime.Storage;

/// <summary>A file of chunks, memory for all of them, and a storage between the two whose reader misbehaves as told.</summary>
/// <param name="chunks">Chunks of the file.</param>
public abstract class StorageTests(int chunks) : IAsyncLifetime
{
    private protected const int Block = StorageFile.Block;

    /// <summary>Bytes from chunk to chunk, in the file and in memory.</summary>
    private protected const int Slot = 16 * Block;

    private FaultyFileReader? faulty;
    private long ticks;

    private protected StorageFile Weights { get; } = new(chunks * Slot);

    private protected HostMemory Memory { get; } = new(chunks * Slot);

    private protected Timeline Loads { get; } = new("loads");

    private protected TraceRecorder Trace { get; } = new();

    private protected FileWeightStorage? Storage { get; private set; }

    private protected FaultyFileReader Reader => faulty ??= new FaultyFileReader(Weights.Open());

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (Storage is not null)
        {
            await Storage.DisposeAsync();
        }

        Reader.Dispose();
        Memory.Dispose();
        Weights.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Start(StorageOptions options) => Storage = Open(Reader, options, Trace);

    /// <summary>Another storage on the file, of the caller's.</summary>
    private protected FileWeightStorage Open(IFileReader reader, StorageOptions options, TraceRecorder trace) =>
        new(Weights.Path, Weights.Identity, reader, options, trace, () => new DeviceTime(Interlocked.Increment(ref ticks)));

    private protected ReadCommand Chunk(int index, int bytes = Slot)
    {
        ulong checksum = XxHash3.HashToUInt64(Weights.Content.AsSpan(index * Slot, bytes));
        return new ReadCommand($"chunk {index}", index * Slot, bytes, Memory.Range(index * Slot, Slot), checksum);
    }
}
