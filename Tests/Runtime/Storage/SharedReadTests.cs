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
public sealed class SharedReadTests() : StorageTests(Chunks)
{
    private const int Chunks = 12;
    private const int Slices = 4;

    [Fact]
    public void Idle_threads_share_the_head()
    {
        using var together = new Barrier(Slices);
        Reader.Before = _ => Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(30)));
        Start(Slices, Slot / Slices);
        Storage!.Read(Chunk(0, Slot), [], Loads.At(1));

        Loads.Wait(1);

        Assert.True(Memory.Span(0, Slot).SequenceEqual(Weights.Content.AsSpan(0, Slot)));
        Assert.Equal((1, Slot), (Storage.Counters.Reads, Storage.Counters.Bytes));
        TraceEvent told = Assert.Single(Trace.Events);
        Assert.Equal(("chunk 0", (long)Slot), (told.Name, told.Bytes));
    }

    [Property(MaxTest = 30)]
    public async Task Whatever_the_slices_bytes_and_checksums_are_the_files(byte threads, byte blocks, ushort[] sizes)
    {
        var own = new TraceRecorder();
        var read = new Timeline("read");
        await using FileWeightStorage shared = Open(
            Weights.Open(), new StorageOptions { Threads = (threads % 5) + 1, SliceBytes = ((blocks % 20) + 1) * Block }, own);
        ulong value = 0;
        foreach ((int index, ushort size) in sizes.Take(Chunks).Index())
        {
            shared.Read(Chunk(index, size % (Slot + 1)), [], read.At(++value));
        }

        read.Wait(value);

        foreach ((int index, ushort size) in sizes.Take(Chunks).Index())
        {
            int bytes = size % (Slot + 1);
            Assert.True(Memory.Span(index * Slot, bytes).SequenceEqual(Weights.Content.AsSpan(index * Slot, bytes)));
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
        Reader.Before = offset =>
        {
            started.Add(offset);
            if (offset == Slot / Slices)
            {
                throw new IOException("Input/output error (errno 5)");
            }
        };
        Start(2, Slot / Slices);
        Storage!.Read(Chunk(0, Slot), [], Loads.At(1));

        RunFailedException error = Assert.Throws<RunFailedException>(() => Loads.Wait(1));
        await Storage.DrainAsync();

        Assert.Equal(
            $"weight file '{Weights.Path}': Input/output error (errno 5), in {Slot} bytes at offset 0 (chunk 'chunk 0')", error.Message);
        Assert.Equal(Slices, started.Count);
        Assert.Equal(0, Storage.Counters.Reads);
    }

    [Fact]
    public async Task A_thread_that_watches_sees_what_comes()
    {
        var queue = new ReadQueue(() => default, threads: 1, Block, spins: true);
        for (int i = 1; i <= 200; i++)
        {
            var slices = new List<ReadSlice>();
            Task<bool> taken = Task.Run(() => queue.Take(slices));
            if (i % 2 == 0)
            {
                await Task.Yield();
            }

            queue.Add(new PendingRead(Chunk(0, Block), [], Loads.At((ulong)i)));
            Assert.True(await taken);
            ReadSlice slice = Assert.Single(slices);
            Assert.True(queue.Join(slice, default, null));
            queue.Complete(slice.Read, null);
            Assert.Equal((ulong)i, Loads.Completed);
        }

        Task<bool> last = Task.Run(() => queue.Take([]));
        queue.Close();
        Assert.False(await last);
    }

    /// <summary>Of eight rows each of two threads takes its share of what is there; a chunk among them is nobody's share.</summary>
    [Fact]
    public void A_thread_takes_its_share_of_small_reads_at_once()
    {
        const int row = 3000;
        var queue = new ReadQueue(() => default, threads: 2, sliceBytes: Slot, spins: false);
        int[] bytes = [row, row, row, row, Slot, row, row, row];
        for (int i = 0; i < bytes.Length; i++)
        {
            queue.Add(new PendingRead(Chunk(0, bytes[i]), [], Loads.At((ulong)i + 1)));
        }

        List<int> shares = [];
        var slices = new List<ReadSlice>();
        while (shares.Sum() < bytes.Length)
        {
            slices.Clear();
            Assert.True(queue.Take(slices));
            shares.Add(slices.Count);
            foreach (ReadSlice slice in slices)
            {
                Assert.True(queue.Join(slice, default, null));
                queue.Complete(slice.Read, null);
            }
        }

        Assert.Equal([4, 1, 1, 1, 1], shares);
        Assert.Equal((ulong)bytes.Length, Loads.Completed);
    }

    private void Start(int threads, int sliceBytes) => Start(new StorageOptions { Threads = threads, SliceBytes = sliceBytes });
}
