using System.Collections.Concurrent;
using System.IO.Hashing;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Storage;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Runtime.Storage;

/// <summary>Reads that threads share in slices.</summary>
public sealed class SharedReadTests : IAsyncLifetime
{
    private const int Block = StorageFile.Block;
    private const int Slot = 16 * Block;
    private const int Chunks = 12;
    private const int Slices = 4;

    private readonly StorageFile file = new(Chunks * Slot);
    private readonly HostMemory memory = new(Chunks * Slot);
    private readonly Timeline loads = new("loads");
    private readonly FaultyFileReader reader;
    private readonly TraceRecorder trace = new();
    private FileWeightStorage? storage;
    private long ticks;

    public SharedReadTests() => reader = new FaultyFileReader(file.Open());

    [Fact]
    public void Idle_threads_share_the_head()
    {
        using var together = new Barrier(Slices);
        reader.Before = _ => Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(30)));
        Start(Slices, Slot / Slices);
        storage!.Read(Chunk(0, Slot), [], loads.At(1));

        loads.Wait(1);

        Assert.True(memory.Span(0, Slot).SequenceEqual(file.Content.AsSpan(0, Slot)));
        Assert.Equal((1, Slot), (storage.Counters.Reads, storage.Counters.Bytes));
        TraceEvent told = Assert.Single(trace.Events);
        Assert.Equal(("chunk 0", (long)Slot), (told.Name, told.Bytes));
    }

    [Property(MaxTest = 30)]
    public async Task Whatever_the_slices_bytes_and_checksums_are_the_files(byte threads, byte blocks, ushort[] sizes)
    {
        var own = new TraceRecorder();
        var read = new Timeline("read");
        await using FileWeightStorage shared = Open(file.Open(), (threads % 5) + 1, ((blocks % 20) + 1) * Block, own);
        ulong value = 0;
        foreach ((int index, ushort size) in sizes.Take(Chunks).Index())
        {
            shared.Read(Chunk(index, size % (Slot + 1)), [], read.At(++value));
        }

        read.Wait(value);

        foreach ((int index, ushort size) in sizes.Take(Chunks).Index())
        {
            int bytes = size % (Slot + 1);
            Assert.True(memory.Span(index * Slot, bytes).SequenceEqual(file.Content.AsSpan(index * Slot, bytes)));
        }

        foreach (IGrouping<int, TraceEvent> lane in own.Events.GroupBy(each => each.LaneIndex))
        {
            TraceEvent[] inOrder = [.. lane.OrderBy(each => each.Start)];
            Assert.All(inOrder.Zip(inOrder.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
        }
    }

    [Fact]
    public async Task A_slice_that_fails_fails_the_read_once_the_others_are_done()
    {
        var started = new ConcurrentBag<long>();
        reader.Before = offset =>
        {
            started.Add(offset);
            if (offset == Slot / Slices)
            {
                throw new IOException("Input/output error (errno 5)");
            }
        };
        Start(2, Slot / Slices);
        storage!.Read(Chunk(0, Slot), [], loads.At(1));

        RunFailedException error = Assert.Throws<RunFailedException>(() => loads.Wait(1));
        await storage.DrainAsync();

        Assert.Equal(
            $"weight file '{file.Path}': Input/output error (errno 5), in {Slot} bytes at offset 0 (chunk 'chunk 0')", error.Message);
        Assert.Equal(Slices, started.Count);
        Assert.Equal(0, storage.Counters.Reads);
    }

    [Fact]
    public async Task A_thread_that_watches_sees_what_comes()
    {
        var queue = new ReadQueue(() => default, Block, spins: true);
        for (int i = 1; i <= 200; i++)
        {
            Task<ReadSlice?> taken = Task.Run(queue.Take);
            if (i % 2 == 0)
            {
                await Task.Yield();
            }

            queue.Add(new PendingRead(Chunk(0, Block), [], loads.At((ulong)i)));
            ReadSlice slice = (await taken)!.Value;
            Assert.True(queue.Join(slice, default, null));
            queue.Complete(slice.Read, null);
            Assert.Equal((ulong)i, loads.Completed);
        }

        Task<ReadSlice?> last = Task.Run(queue.Take);
        queue.Close();
        Assert.Null(await last);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (storage is not null)
        {
            await storage.DisposeAsync();
        }

        reader.Dispose();
        memory.Dispose();
        file.Dispose();
    }

    private void Start(int threads, int sliceBytes) => storage = Open(reader, threads, sliceBytes, trace);

    private FileWeightStorage Open(IFileReader source, int threads, int sliceBytes, TraceRecorder sink) => new(
        file.Path,
        file.Identity,
        source,
        new StorageOptions { Threads = threads, SliceBytes = sliceBytes },
        sink,
        () => new DeviceTime(Interlocked.Increment(ref ticks)));

    private ReadCommand Chunk(int index, int bytes)
    {
        long offset = (long)index * Slot;
        ulong checksum = XxHash3.HashToUInt64(file.Content.AsSpan((int)offset, bytes));
        return new ReadCommand($"chunk {index}", offset, bytes, memory.Range(offset, Slot), checksum);
    }
}
