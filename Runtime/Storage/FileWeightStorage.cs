using System.IO.Hashing;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Packing;

namespace FlashMem.Runtime.Storage;

/// <summary>
/// Reads a weight file with a few dedicated threads. Each read takes what the page cache holds and the rest by direct I/O, straight into
/// the target. One storage serves one session; the file must stay as it was when it was opened.
/// </summary>
public sealed class FileWeightStorage : IWeightStorage
{
    private readonly string path;
    private readonly FileIdentity expected;
    private readonly IFileReader reader;
    private readonly ITraceSink? trace;
    private readonly Func<DeviceTime> clock;
    private readonly ReadQueue queue;
    private readonly Thread[] threads;
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int threadsLeft;
    private int disposed;
    private long reads;
    private long readBytes;
    private long cachedBytes;
    private long directBytes;

    /// <summary>Opens the file again for reading; throws <see cref="RunFailedException"/> when it is not the one opened before.</summary>
    public FileWeightStorage(WeightFile file, StorageOptions options, ITraceSink? trace, Func<DeviceTime> clock)
        : this(file.Path, file.Identity, OpenReader(file.Path, options), options, trace, clock)
    {
    }

    /// <summary>Reads through a reader that it then owns.</summary>
    internal FileWeightStorage(
        string path, FileIdentity expected, IFileReader reader, StorageOptions options, ITraceSink? trace, Func<DeviceTime> clock)
    {
        options.Validate();
        this.path = path;
        this.expected = expected;
        this.reader = reader;
        this.trace = trace;
        this.clock = clock;
        try
        {
            ThrowIfChanged();
        }
        catch
        {
            reader.Dispose();
            throw;
        }

        queue = new ReadQueue(clock, options.Threads, options.SliceBytes, spins: SpareProcessors.Exist);
        threadsLeft = options.Threads;
        threads = new Thread[options.Threads];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Work, maxStackSize: 256 << 10) { Name = $"storage {i}", IsBackground = true };
            threads[i].Start();
        }
    }

    /// <summary>What has been read so far.</summary>
    public StorageCounters Counters => new(
        Interlocked.Read(ref reads), Interlocked.Read(ref readBytes), Interlocked.Read(ref cachedBytes), Interlocked.Read(ref directBytes));

    /// <inheritdoc/>
    public void Read(ReadCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(command.FileOffset, nameof(command));
        ArgumentOutOfRangeException.ThrowIfNegative(command.Bytes, nameof(command));
        if (command.Target.Bytes < command.Bytes)
        {
            throw new ArgumentException(
                $"'{command.Label}' reads {command.Bytes} bytes into a range of {command.Target.Bytes} bytes", nameof(command));
        }

        queue.Add(new PendingRead(command, waits.ToArray(), signal));
    }

    /// <summary>
    /// Completes when no read is queued or running, so that all targets are the caller's again; for the end of a failed or cancelled run.
    /// A read that waits for a timeline nobody will signal never ends: fail that timeline first.
    /// </summary>
    public Task DrainAsync() => queue.DrainAsync();

    /// <summary>Throws when the open file is not as it was; cheap enough for the start of every run.</summary>
    public void ThrowIfChanged()
    {
        FileIdentity now;
        try
        {
            now = reader.Identity;
        }
        catch (IOException error)
        {
            throw new RunFailedException($"weight file '{path}': {error.Message}", error);
        }

        FileIdentities.RequireUnchanged(path, expected, now);
    }

    /// <summary>Refuses the reads that have not started, waits for the few that have, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            queue.Close();
        }

        await stopped.Task.ConfigureAwait(false);
    }

    private static IFileReader OpenReader(string path, StorageOptions options)
    {
        options.Validate();
        try
        {
            return FileReaders.Open(path, options);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunFailedException($"cannot open weight file '{path}': {error.Message}", error);
        }
    }

    private void Work()
    {
        if (OperatingSystem.IsLinux())
        {
            // Where kernels run on the same processors, one that is interrupted holds up all of its threads.
            LinuxNative.WaitForTurn();
        }

        var taken = new List<ReadSlice>();
        while (queue.Take(taken))
        {
            foreach (ReadSlice slice in taken)
            {
                (ReadOutcome outcome, Exception? failure) = Perform(slice);
                if (queue.Join(slice, outcome, failure))
                {
                    queue.Complete(slice.Read, Finish(slice.Read));
                }
            }

            taken.Clear();
        }

        if (Interlocked.Decrement(ref threadsLeft) == 0)
        {
            reader.Dispose();
            stopped.SetResult();
        }
    }

    /// <summary>Fills a slice of the target, or says why not.</summary>
    private (ReadOutcome Outcome, Exception? Failure) Perform(ReadSlice slice)
    {
        if (slice.Read.Refusal is { } refusal)
        {
            return (default, refusal);
        }

        ReadCommand command = slice.Read.Command;
        long room = command.Target.Bytes - slice.Offset;
        bool isLast = slice.Offset + slice.Bytes == command.Bytes;
        try
        {
            int capacity = isLast ? (int)Math.Min(room, int.MaxValue) : slice.Bytes;
            return (reader.Read(
                command.FileOffset + slice.Offset, command.Target.HostAddress + slice.Offset, slice.Bytes, capacity), null);
        }
        catch (Exception error)
        {
            // Whatever happened must reach the waiters: a thread that dies silently would leave the run waiting for ever.
            return (default, error);
        }
    }

    /// <summary>All slices are done: null when the target is filled with what it should hold, else why not.</summary>
    private Exception? Finish(PendingRead read)
    {
        if (read.Refusal is { } refusal)
        {
            return refusal;
        }

        ReadCommand command = read.Command;
        try
        {
            // After the read, so that no byte written before this point can have slipped in unseen.
            ThrowIfChanged();
            if (read.Failure is { } failure)
            {
                return failure as RunFailedException ?? Failed(command, failure.Message, failure);
            }

            Check(command, read.Outcome);
        }
        catch (Exception error)
        {
            return error as RunFailedException ?? Failed(command, error.Message, error);
        }

        Interlocked.Increment(ref reads);
        Interlocked.Add(ref readBytes, command.Bytes);
        Interlocked.Add(ref cachedBytes, read.Outcome.CachedBytes);
        Interlocked.Add(ref directBytes, read.Outcome.DirectBytes);
        trace?.Add(new TraceEvent(
            TraceLane.Storage, read.Lane, command.Label, read.Ready, read.Started, clock(), command.Bytes, read.WaitedFor));
        return null;
    }

    private unsafe void Check(ReadCommand command, ReadOutcome outcome)
    {
        if (outcome.Bytes != command.Bytes)
        {
            throw new RunFailedException(
                $"weight file '{path}': read {outcome.Bytes} of {command.Bytes} bytes at offset {command.FileOffset} "
                + $"(chunk '{command.Label}')");
        }

        if (command.Checksum is { } checksum)
        {
            ulong found = XxHash3.HashToUInt64(new ReadOnlySpan<byte>((void*)command.Target.HostAddress, command.Bytes));
            if (found != checksum)
            {
                throw Failed(command, $"checksum {found:x16} is not {checksum:x16}: it changed since packing", null);
            }
        }
    }

    private RunFailedException Failed(ReadCommand command, string problem, Exception? cause) => new(
        $"weight file '{path}': {problem}, in {command.Bytes} bytes at offset {command.FileOffset} (chunk '{command.Label}')", cause);
}
