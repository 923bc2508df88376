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

        queue = new ReadQueue(clock);
        threadsLeft = options.Threads;
        threads = new Thread[options.Threads];
        for (int i = 0; i < threads.Length; i++)
        {
            int index = i;
            threads[i] = new Thread(() => Work(index), maxStackSize: 256 << 10) { Name = $"storage {i}", IsBackground = true };
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

        if (expected.DifferenceFrom(now) is { } difference)
        {
            throw new RunFailedException($"weight file '{path}' changed since it was opened: {difference}");
        }
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

    private void Work(int thread)
    {
        if (OperatingSystem.IsLinux())
        {
            // Where kernels run on the same processors, one that is interrupted holds up all of its threads.
            LinuxNative.WaitForTurn();
        }

        while (queue.Take() is { } read)
        {
            queue.Complete(read, Perform(read, thread));
        }

        if (Interlocked.Decrement(ref threadsLeft) == 0)
        {
            reader.Dispose();
            stopped.SetResult();
        }
    }

    /// <summary>Fills the target; null when it is filled, else why not.</summary>
    private Exception? Perform(PendingRead read, int thread)
    {
        if (read.Refusal is { } refusal)
        {
            return refusal;
        }

        ReadCommand command = read.Command;
        DeviceTime start = clock();
        try
        {
            Fill(command);
        }
        catch (Exception error)
        {
            // Whatever happened must reach the waiters: a thread that dies silently would leave the run waiting for ever.
            return error as RunFailedException ?? Failed(command, error.Message, error);
        }

        trace?.Add(new TraceEvent(
            TraceLane.Storage, thread, command.Label, read.Ready, start, clock(), command.Bytes, read.WaitedFor));
        return null;
    }

    private unsafe void Fill(ReadCommand command)
    {
        nint target = command.Target.HostAddress;
        int capacity = (int)Math.Min(command.Target.Bytes, int.MaxValue);
        ReadOutcome outcome;
        try
        {
            outcome = reader.Read(command.FileOffset, target, command.Bytes, capacity);
        }
        catch (IOException error)
        {
            ThrowIfChanged();
            throw Failed(command, error.Message, error);
        }

        // After the read, so that no byte written before this point can have slipped in unseen.
        ThrowIfChanged();
        if (outcome.Bytes != command.Bytes)
        {
            throw new RunFailedException(
                $"weight file '{path}': read {outcome.Bytes} of {command.Bytes} bytes at offset {command.FileOffset} "
                + $"(chunk '{command.Label}')");
        }

        if (command.Checksum is { } checksum)
        {
            ulong found = XxHash3.HashToUInt64(new ReadOnlySpan<byte>((void*)target, command.Bytes));
            if (found != checksum)
            {
                throw Failed(command, $"checksum {found:x16} is not {checksum:x16}: it changed since packing", null);
            }
        }

        Interlocked.Increment(ref reads);
        Interlocked.Add(ref readBytes, command.Bytes);
        Interlocked.Add(ref cachedBytes, outcome.CachedBytes);
        Interlocked.Add(ref directBytes, outcome.DirectBytes);
    }

    private RunFailedException Failed(ReadCommand command, string problem, Exception? cause) => new(
        $"weight file '{path}': {problem}, in {command.Bytes} bytes at offset {command.FileOffset} (chunk '{command.Label}')", cause);
}
