using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Hashing;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Storage;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Runtime.Storage;

public sealed class FileWeightStorageTests : IAsyncLifetime
{
    private const int Block = StorageFile.Block;
    private const int Slot = 16 * Block;
    private const int Chunks = 40;

    private readonly StorageFile file = new(Chunks * Slot);
    private readonly HostMemory memory = new(Chunks * Slot);
    private readonly Timeline loads = new("loads");
    private readonly Timeline compute = new("compute");
    private readonly FaultyFileReader reader;
    private readonly TraceRecorder trace = new();
    private FileWeightStorage? storage;
    private long ticks;

    public FileWeightStorageTests() => reader = new FaultyFileReader(file.Open());

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Everything_arrives_in_order_under_waits(int threads)
    {
        Start(threads);
        for (int i = 0; i < Chunks; i++)
        {
            storage!.Read(Chunk(i), i < 3 ? [] : [compute.At((ulong)i - 2)], loads.At((ulong)i + 1));
        }

        for (int i = 0; i < Chunks; i++)
        {
            loads.Wait((ulong)i + 1);
            Assert.True(memory.Span(i * Slot, Slot).SequenceEqual(file.Content.AsSpan(i * Slot, Slot)));
            compute.Signal((ulong)i + 1);
        }

        StorageCounters counters = storage!.Counters;
        Assert.Equal((Chunks, Chunks * Slot), (counters.Reads, counters.Bytes));
    }

    [Fact]
    public void Threads_that_read_interrupt_no_kernel()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux's scheduler");
        const int policyField = 41;
        const int batch = 3;
        string[] fields = [];

        // Fields are counted from 1; the second, in brackets, may hold spaces.
        reader.Before = _ => fields = File.ReadAllText("/proc/thread-self/stat").Split(") ")[^1].Split(' ');
        Start(1);

        storage!.Read(Chunk(0), [], loads.At(1));
        loads.Wait(1);

        Assert.Equal(batch, int.Parse(fields[policyField - 3], CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_read_does_not_start_before_its_waits_nor_before_an_earlier_one_that_waits()
    {
        var started = new ConcurrentQueue<long>();
        reader.Before = started.Enqueue;
        Start(4);
        var other = new Timeline("other");
        storage!.Read(Chunk(0), [compute.At(1), other.At(1)], loads.At(1));
        storage.Read(Chunk(1), [], loads.At(2));
        Assert.Empty(started);

        other.Signal(1);
        Assert.Empty(started);
        compute.Signal(1);
        loads.Wait(2);

        Assert.Equal([0, Slot], started.Order());
    }

    [Fact]
    public void Signals_come_in_issue_order_although_later_reads_finish_first()
    {
        using var release = new ManualResetEventSlim();
        reader.Before = offset =>
        {
            if (offset == 0)
            {
                release.Wait();
            }
        };
        Start(2);
        var other = new Timeline("other");
        storage!.Read(Chunk(0), [], loads.At(1));
        storage.Read(Chunk(1), [], loads.At(2));
        storage.Read(Chunk(2), [], loads.At(3));
        storage.Read(Chunk(3), [], other.At(1));

        // One thread stalls in the first read, so the other has done the rest in order once the last has arrived.
        other.Wait(1);
        Assert.Equal(0ul, loads.Completed);
        release.Set();
        loads.Wait(3);
    }

    [Fact]
    public async Task An_io_error_names_the_file_and_the_range_and_stops_later_reads()
    {
        reader.FailAt(2 * Slot);
        Start(1);
        for (int i = 0; i < 6; i++)
        {
            storage!.Read(Chunk(i), [], loads.At((ulong)i + 1));
        }

        RunFailedException error = Assert.Throws<RunFailedException>(() => loads.Wait(6));

        Assert.Equal(
            $"weight file '{file.Path}': Input/output error (errno 5), in {Slot} bytes at offset {2 * Slot} (chunk 'chunk 2')",
            error.Message);
        Assert.Equal(2ul, loads.Completed);
        await storage!.DrainAsync();
        Assert.Equal(2, storage.Counters.Reads);
    }

    [Fact]
    public void A_short_read_says_how_much_came()
    {
        reader.ShortAt = Slot;
        reader.ShortBytes = 5000;
        Start(2);
        storage!.Read(Chunk(1), [], loads.At(1));

        RunFailedException error = Assert.Throws<RunFailedException>(() => loads.Wait(1));

        Assert.Equal($"weight file '{file.Path}': read 5000 of {Slot} bytes at offset {Slot} (chunk 'chunk 1')", error.Message);
    }

    [Fact]
    public void Changed_bytes_are_found_by_their_checksum()
    {
        reader.CorruptAt = Slot;
        Start(2);
        storage!.Read(Chunk(0), [], loads.At(1));
        storage.Read(Chunk(1), [], loads.At(2));

        RunFailedException error = Assert.Throws<RunFailedException>(() => loads.Wait(2));

        Assert.Contains($"weight file '{file.Path}': checksum ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            $"it changed since packing, in {Slot} bytes at offset {Slot} (chunk 'chunk 1')", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_written_to_after_opening_is_found_without_a_checksum()
    {
        Start(2);
        storage!.Read(Chunk(0) with { Checksum = null }, [], loads.At(1));
        loads.Wait(1);
        File.SetLastWriteTimeUtc(file.Path, File.GetLastWriteTimeUtc(file.Path).AddSeconds(1));
        storage.Read(Chunk(1) with { Checksum = null }, [], loads.At(2));

        RunFailedException error = Assert.Throws<RunFailedException>(() => loads.Wait(2));

        Assert.Equal($"weight file '{file.Path}' changed since it was opened: it was written to", error.Message);
        Assert.Throws<RunFailedException>(storage.ThrowIfChanged);
    }

    [Fact]
    public void A_truncated_file_is_found()
    {
        Start(2);
        using (FileStream stream = File.Open(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(Slot + 100);
        }

        storage!.Read(Chunk(1), [], loads.At(1));

        RunFailedException error = Assert.Throws<RunFailedException>(() => loads.Wait(1));
        string change = $"changed since it was opened: its length was {Chunks * Slot} bytes and is {Slot + 100}";
        Assert.EndsWith(change, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_the_one_opened_before_is_refused_and_closed()
    {
        reader.ClaimedIdentity = file.Identity with { Bytes = 1 };

        Assert.Throws<RunFailedException>(() => Start(1));
        Assert.True(reader.IsDisposed);
    }

    [Fact]
    public void A_failed_wait_fails_the_read_with_its_cause()
    {
        Start(2);
        storage!.Read(Chunk(0), [compute.At(1)], loads.At(1));
        compute.Fail(new OperationCanceledException("stopped"));

        Assert.Throws<OperationCanceledException>(() => loads.Wait(1));
        Assert.Equal(0, storage.Counters.Reads);
    }

    [Fact]
    public async Task Failing_its_own_timeline_releases_a_waiting_read()
    {
        Start(2);
        storage!.Read(Chunk(0), [compute.At(1)], loads.At(1));
        Task drained = storage.DrainAsync();
        Assert.False(drained.IsCompleted);

        loads.Fail(new OperationCanceledException("stopped"));

        await drained;
    }

    [Fact]
    public async Task Disposing_refuses_what_waits_and_closes_the_file()
    {
        Start(3);
        storage!.Read(Chunk(0), [compute.At(1)], loads.At(1));
        storage.Read(Chunk(1), [], loads.At(2));

        await storage.DisposeAsync();
        await storage.DisposeAsync();

        Assert.Throws<OperationCanceledException>(() => loads.Wait(1));
        Assert.True(reader.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => storage.Read(Chunk(2), [], loads.At(3)));
    }

    [Fact]
    public async Task Disposing_waits_for_a_read_that_has_started()
    {
        using var started = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        reader.Before = offset =>
        {
            started.Set();
            release.Wait();
        };
        Start(1);
        storage!.Read(Chunk(0), [], loads.At(1));
        started.Wait();

        ValueTask closing = storage.DisposeAsync();
        Assert.False(closing.IsCompleted);
        release.Set();
        await closing;

        Assert.Equal(1ul, loads.Completed);
    }

    [Fact]
    public void Rows_are_read_from_any_offset_into_any_address()
    {
        Start(2);
        for (int row = 0; row < 50; row++)
        {
            storage!.Read(
                new ReadCommand("row", 11 + (row * 777), 100, memory.Range(row * 100, 100), null), [], loads.At((ulong)row + 1));
        }

        loads.Wait(50);

        for (int row = 0; row < 50; row++)
        {
            Assert.True(memory.Span(row * 100, 100).SequenceEqual(file.Content.AsSpan(11 + (row * 777), 100)));
        }
    }

    [Fact]
    public void A_target_that_is_too_small_is_refused()
    {
        Start(1);

        ArgumentException error = Assert.Throws<ArgumentException>(
            () => storage!.Read(new ReadCommand("row", 0, 100, memory.Range(0, 99), null), [], loads.At(1)));

        Assert.Contains("'row' reads 100 bytes into a range of 99 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_trace_says_what_was_read_when_and_what_held_it()
    {
        Start(1);
        storage!.Read(Chunk(0), [], loads.At(1));
        loads.Wait(1);
        storage.Read(Chunk(1), [compute.At(1)], loads.At(2));
        compute.Signal(1);
        loads.Wait(2);

        Assert.Equal([("chunk 0", null), ("chunk 1", "compute")], trace.Events.Select(each => (each.Name, each.WaitedFor)));
        Assert.All(trace.Events, each =>
        {
            Assert.Equal((TraceLane.Storage, 0, (long)Slot), (each.Lane, each.LaneIndex, each.Bytes));
            Assert.True(each.Ready < each.Start && each.Start < each.End);
        });
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

    private void Start(int threads) => storage = new FileWeightStorage(
        file.Path,
        file.Identity,
        reader,
        new StorageOptions { Threads = threads },
        trace,
        () => new DeviceTime(Interlocked.Increment(ref ticks)));

    private ReadCommand Chunk(int index)
    {
        ulong checksum = XxHash3.HashToUInt64(file.Content.AsSpan(index * Slot, Slot));
        return new ReadCommand($"chunk {index}", index * Slot, Slot, memory.Range(index * Slot, Slot), checksum);
    }
}
