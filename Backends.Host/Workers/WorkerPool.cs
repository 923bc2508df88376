using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace FlashMem.Backends.Host.Workers;

/// <summary>
/// Fixed threads that share the tasks of one job at a time. The caller of <see cref="Run"/> is worker 0, so a pool of n has n - 1
/// threads. Tasks are claimed one by one from an atomic counter, in increasing order of claiming but in no order of finishing. An idle
/// worker spins for some tens of microseconds, so that a chain of kernels does not pay a wake-up each, and then parks, so that a run
/// that waits for storage burns nothing. A job never waits for a worker that is still waking up: it closes once its tasks are claimed.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    /// <summary>
    /// Bytes of scratch per worker, counted against the memory budget as device workspace. Holds the blocks of one matrix tile: about
    /// 200 KiB of the left operand, 200 KiB of results and 32 KiB of one converted weight panel, and stays inside a 1 MiB L2 cache.
    /// </summary>
    public const int ScratchBytes = 640 * 1024;

    private const int ScratchAlignment = 4096;

    // One word holds the whole protocol: generation in the high half, then one bit "tasks may still be claimed", then the number of
    // pool threads inside the job.
    private const long GenerationStep = 1L << 32;
    private const long OpenBit = 1L << 31;
    private const long ActiveMask = OpenBit - 1;

    private static readonly long SpinTicks = Stopwatch.Frequency * 40 / 1_000_000;

    private readonly Worker[] workers;
    private readonly SemaphoreSlim finished = new(0);
    private readonly byte* callerScratch;
    private PaddedLong state;
    private PaddedLong nextTask;
    private WorkerBody? body;
    private int taskCount;
    private int callerParked;
    private ExceptionDispatchInfo? failure;
    private volatile bool stopping;

    /// <param name="workers">Threads that run tasks, the caller of <see cref="Run"/> included; at least 1.</param>
    public WorkerPool(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        Count = workers;
        callerScratch = AllocateScratch();
        this.workers = new Worker[workers - 1];
        for (int i = 0; i < this.workers.Length; i++)
        {
            this.workers[i] = new Worker(this, i + 1);
        }
    }

    /// <summary>Workers, the caller included.</summary>
    public int Count { get; }

    /// <summary>
    /// Runs tasks 0 to <paramref name="tasks"/> - 1 and returns when all are done. The first exception of a task stops the claiming of
    /// further tasks and is rethrown here. Not thread-safe and not reentrant.
    /// </summary>
    public void Run(int tasks, WorkerBody body)
    {
        ObjectDisposedException.ThrowIf(stopping, this);
        if (tasks <= 1 || workers.Length == 0)
        {
            for (int task = 0; task < tasks; task++)
            {
                body(task, callerScratch);
            }

            return;
        }

        this.body = body;
        taskCount = tasks;
        Volatile.Write(ref nextTask.Value, 0);
        long generation = (Volatile.Read(ref state.Value) & ~(GenerationStep - 1)) + GenerationStep;
        Interlocked.Exchange(ref state.Value, generation | OpenBit);
        int helpers = Math.Min(workers.Length, tasks - 1);
        for (int i = 0; i < helpers; i++)
        {
            workers[i].Wake();
        }

        RunTasks(callerScratch);
        Close();
        this.body = null;
        if (Interlocked.Exchange(ref failure, null) is { } cause)
        {
            cause.Throw();
        }
    }

    /// <summary>Stops and joins the threads and frees the scratch. Must not be called while <see cref="Run"/> is.</summary>
    public void Dispose()
    {
        if (stopping)
        {
            return;
        }

        stopping = true;
        foreach (Worker worker in workers)
        {
            worker.Dispose();
        }

        finished.Dispose();
        NativeMemory.AlignedFree(callerScratch);
    }

    private static byte* AllocateScratch() => (byte*)NativeMemory.AlignedAlloc(ScratchBytes, ScratchAlignment);

    private void RunTasks(byte* scratch)
    {
        while (true)
        {
            long task = Interlocked.Increment(ref nextTask.Value) - 1;
            if (task >= taskCount)
            {
                return;
            }

            try
            {
                body!((int)task, scratch);
            }
            catch (Exception cause)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(cause), null);
                Interlocked.Exchange(ref nextTask.Value, taskCount);
            }
        }
    }

    // Lets no further thread into the job and waits for those inside.
    private void Close()
    {
        Interlocked.And(ref state.Value, ~OpenBit);
        long start = Stopwatch.GetTimestamp();
        while ((Volatile.Read(ref state.Value) & ActiveMask) != 0)
        {
            if (Stopwatch.GetTimestamp() - start < SpinTicks)
            {
                Thread.SpinWait(4);
                continue;
            }

            Interlocked.Exchange(ref callerParked, 1);
            bool stillActive = (Volatile.Read(ref state.Value) & ActiveMask) != 0;
            if (stillActive || Interlocked.Exchange(ref callerParked, 0) == 0)
            {
                finished.Wait();
            }

            return;
        }
    }

    private bool TryEnter(ref long seen)
    {
        long current = Volatile.Read(ref state.Value);
        while ((current & OpenBit) != 0 && (current & ~(GenerationStep - 1)) != seen)
        {
            long found = Interlocked.CompareExchange(ref state.Value, current + 1, current);
            if (found == current)
            {
                seen = current & ~(GenerationStep - 1);
                return true;
            }

            current = found;
        }

        return false;
    }

    private void Leave()
    {
        long after = Interlocked.Decrement(ref state.Value);
        if ((after & (OpenBit | ActiveMask)) == 0 && Interlocked.Exchange(ref callerParked, 0) == 1)
        {
            finished.Release();
        }
    }

    // A counter alone on its cache lines, so that claiming does not slow the readers of other fields.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct PaddedLong
    {
        [FieldOffset(128)]
        public long Value;
    }

    private sealed class Worker : IDisposable
    {
        private readonly WorkerPool pool;
        private readonly Thread thread;
        private readonly SemaphoreSlim wake = new(0);
        private int parked;

        public Worker(WorkerPool pool, int index)
        {
            this.pool = pool;
            thread = new Thread(Loop) { IsBackground = true, Name = $"flashmem worker {index}" };
            thread.Start();
        }

        public void Wake()
        {
            if (Volatile.Read(ref parked) == 1 && Interlocked.Exchange(ref parked, 0) == 1)
            {
                wake.Release();
            }
        }

        /// <summary>Joins the thread, which must have been told to stop.</summary>
        public void Dispose()
        {
            Interlocked.MemoryBarrier();
            Wake();
            thread.Join();
            wake.Dispose();
        }

        private void Loop()
        {
            byte* scratch = AllocateScratch();
            long seen = 0;
            while (!pool.stopping)
            {
                if (WaitForJob(ref seen))
                {
                    pool.RunTasks(scratch);
                    pool.Leave();
                }
            }

            NativeMemory.AlignedFree(scratch);
        }

        // True once inside a job; false after a wake-up that may have come too late for it.
        private bool WaitForJob(ref long seen)
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetTimestamp() - start < SpinTicks)
            {
                if (pool.TryEnter(ref seen))
                {
                    return true;
                }

                Thread.SpinWait(4);
            }

            Interlocked.Exchange(ref parked, 1);
            bool entered = pool.TryEnter(ref seen);
            bool waiting = !entered && !pool.stopping;
            if (waiting || Interlocked.Exchange(ref parked, 0) == 0)
            {
                wake.Wait();
            }

            return entered;
        }
    }
}
