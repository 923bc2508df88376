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

public sealed class FileWeightStorageTests() : StorageTests(Chunks)
{
    private const int Chunks = 40;

    private readonly Timeline compute = new("compute");

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Everything_arrives_in_order_under_waits(int threads)
    {
        Start(threads);
        for (int i = 0; i < Chunks; i++)
        {
            Storage!.Read(Chunk(i), i < 3 ? [] : [compute.At((ulong)i - 2)], Loads.At((ulong)i + 1));
        }

        for (int i = 0; i < Chunks; i++)
        {
            Loads.Wait((ulong)i + 1);
            Assert.True(Memory.Span(i * Slot, Slot).SequenceEqual(Weights.Content.AsSpan(i * Slot, Slot)));
            compute.Signal((ulong)i + 1);
        }

        StorageCounters counters = Storage!.Counters;
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
        Reader.Before = _ => fields = File.ReadAllText("/proc/thread-self/stat").Split(") ")[^1].Split(' ');
        Start(1);

        Storage!.Read(Chunk(0), [], Loads.At(1));
        Loads.Wait(1);

        Assert.Equal(batch, int.Parse(fields[policyField - 3], CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_read_does_not_start_before_its_waits_nor_before_an_earlier_one_that_waits()
    {
        var started = new ConcurrentQueue<long>();
        Reader.Before = started.Enqueue;
        Start(4);
        var other = new Timeline("other");
        Storage!.Read(Chunk(0), [compute.At(1), other.At(1)], Loads.At(1));
        Storage.Read(Chunk(1), [], Loads.At(2));
        Assert.Empty(started);

        other.Signal(1);
        Assert.Empty(started);
        compute.Signal(1);
        Loads.Wait(2);

        Assert.Equal([0, Slot], started.Order());
    }

    [Fact]
    public void Signals_come_in_issue_order_although_later_reads_finish_first()
    {
        using var release = new ManualResetEventSlim();
        Reader.Before = offset =>
        {
            if (offset == 0)
            {
                release.Wait();
            }
        };
        Start(2);
        var other = new Timeline("other");
        Storage!.Read(Chunk(0), [], Loads.At(1));
        Storage.Read(Chunk(1), [], Loads.At(2));
        Storage.Read(Chunk(2), [], Loads.At(3));
        Storage.Read(Chunk(3), [], other.At(1));

        // One thread stalls in the first read, so the other has done the rest in order once the last has arrived.
        other.Wait(1);
        Assert.Equal(0ul, Loads.Completed);
        release.Set();
        Loads.Wait(3);
    }

    [Fact]
    public async Task An_io_error_names_the_file_and_the_range_and_stops_later_reads()
    {
        Reader.FailAt(2 * Slot);
        Start(1);
        for (int i = 0; i < 6; i++)
        {
            Storage!.Read(Chunk(i), [], Loads.At((ulong)i + 1));
        }

        RunFailedException error = Assert.Throws<RunFailedException>(() => Loads.Wait(6));

        Assert.Equal(
            $"weight file '{Weights.Path}': Input/output error (errno 5), in {Slot} bytes at offset {2 * Slot} (chunk 'chunk 2')",
            error.Message);
        Assert.Equal(2ul, Loads.Completed);
        await Storage!.DrainAsync();
        Assert.Equal(2, Storage.Counters.Reads);
    }

    [Fact]
    public void A_short_read_says_how_much_came()
    {
        Reader.ShortAt = Slot;
        Reader.ShortBytes = 5000;
        Start(2);
        Storage!.Read(Chunk(1), [], Loads.At(1));

        RunFailedException error = Assert.Throws<RunFailedException>(() => Loads.Wait(1));

        Assert.Equal($"weight file '{Weights.Path}': read 5000 of {Slot} bytes at offset {Slot} (chunk 'chunk 1')", error.Message);
    }

    [Fact]
    public void Changed_bytes_are_found_by_their_checksum()
    {
        Reader.CorruptAt = Slot;
        Start(2);
        Storage!.Read(Chunk(0), [], Loads.At(1));
        Storage.Read(Chunk(1), [], Loads.At(2));

        RunFailedException error = Assert.Throws<RunFailedException>(() => Loads.Wait(2));

        Assert.Contains($"weight file '{Weights.Path}': checksum ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            $"it changed since packing, in {Slot} bytes at offset {Slot} (chunk 'chunk 1')", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_written_to_after_opening_is_found_without_a_checksum()
    {
        Start(2);
        Storage!.Read(Chunk(0) with { Checksum = null }, [], Loads.At(1));
        Loads.Wait(1);
        File.SetLastWriteTimeUtc(Weights.Path, File.GetLastWriteTimeUtc(Weights.Path).AddSeconds(1));
        Storage.Read(Chunk(1) with { Checksum = null }, [], Loads.At(2));

        RunFailedException error = Assert.Throws<RunFailedException>(() => Loads.Wait(2));

        Assert.Equal($"weight file '{Weights.Path}' changed since it was opened: it was written to", error.Message);
        Assert.Throws<RunFailedException>(Storage.ThrowIfChanged);
    }

    [Fact]
    public void A_truncated_file_is_found()
    {
        Start(2);
        using (FileStream stream = File.Open(Weights.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(Slot + 100);
        }

        Storage!.Read(Chunk(1), [], Loads.At(1));

        RunFailedException error = Assert.Throws<RunFailedException>(() => Loads.Wait(1));
        string change = $"changed since it was opened: its length was {Chunks * Slot} bytes and is {Slot + 100}";
        Assert.EndsWith(change, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_the_one_opened_before_is_refused_and_closed()
    {
        Reader.ClaimedIdentity = Weights.Identity with { Bytes = 1 };

        Assert.Throws<RunFailedException>(() => Start(1));
        Assert.True(Reader.IsDisposed);
    }

    [Fact]
    public void A_failed_wait_fails_the_read_with_its_cause()
    {
        Start(2);
        Storage!.Read(Chunk(0), [compute.At(1)], Loads.At(1));
        compute.Fail(new OperationCanceledException("stopped"));

        Assert.Throws<OperationCanceledException>(() => Loads.Wait(1));
        Assert.Equal(0, Storage.Counters.Reads);
    }

    [Fact]
    public async Task Failing_its_own_timeline_releases_a_waiting_read()
    {
        Start(2);
        Storage!.Read(Chunk(0), [compute.At(1)], Loads.At(1));
        Task drained = Storage.DrainAsync();
        Assert.False(drained.IsCompleted);

        Loads.Fail(new OperationCanceledException("stopped"));

        await drained;
    }

    [Fact]
    public async Task Disposing_refuses_what_waits_and_closes_the_file()
    {
        Start(3);
        Storage!.Read(Chunk(0), [compute.At(1)], Loads.At(1));
        Storage.Read(Chunk(1), [], Loads.At(2));

        await Storage.DisposeAsync();
        await Storage.DisposeAsync();

        Assert.Throws<OperationCanceledException>(() => Loads.Wait(1));
        Assert.True(Reader.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => Storage.Read(Chunk(2), [], Loads.At(3)));
    }

    [Fact]
    public async Task Disposing_waits_for_a_read_that_has_started()
    {
        using var started = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        Reader.Before = offset =>
        {
            started.Set();
            release.Wait();
        };
        Start(1);
        Storage!.Read(Chunk(0), [], Loads.At(1));
        started.Wait();

        ValueTask closing = Storage.DisposeAsync();
        Assert.False(closing.IsCompleted);
        release.Set();
        await closing;

        Assert.Equal(1ul, Loads.Completed);
    }

    [Fact]
    public void Rows_are_read_from_any_offset_into_any_address()
    {
        Start(2);
        for (int row = 0; row < 50; row++)
        {
            Storage!.Read(
                new ReadCommand("row", 11 + (row * 777), 100, Memory.Range(row * 100, 100), null), [], Loads.At((ulong)row + 1));
        }

        Loads.Wait(50);

        for (int row = 0; row < 50; row++)
        {
            Assert.True(Memory.Span(row * 100, 100).SequenceEqual(Weights.Content.AsSpan(11 + (row * 777), 100)));
        }
    }

    [Fact]
    public void A_target_that_is_too_small_is_refused()
    {
        Start(1);

        ArgumentException error = Assert.Throws<ArgumentException>(
            () => Storage!.Read(new ReadCommand("row", 0, 100, Memory.Range(0, 99), null), [], Loads.At(1)));

        Assert.Contains("'row' reads 100 bytes into a range of 99 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_trace_says_what_was_read_when_and_what_held_it()
    {
        Start(1);
        Storage!.Read(Chunk(0), [], Loads.At(1));
        Loads.Wait(1);
        Storage.Read(Chunk(1), [compute.At(1)], Loads.At(2));
        compute.Signal(1);
        Loads.Wait(2);

        Assert.Equal([("chunk 0", null), ("chunk 1", "compute")], Trace.Events.Select(each => (each.Name, each.WaitedFor)));
        Assert.All(Trace.Events, each =>
        {
            Assert.Equal((TraceLane.Storage, 0, (long)Slot), (each.Lane, each.LaneIndex, each.Bytes));
            Assert.True(each.Ready < each.Start && each.Start < each.End);
        });
    }

    private void Start(int threads) => Start(new StorageOptions { Threads = threads });
}
