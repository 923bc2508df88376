using FlashMem.Backends.Host.Workers;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.Host.Workers;

public sealed unsafe class WorkerPoolTests
{
    [Property(MaxTest = 50)]
    public void EveryTaskRunsOnce(byte workerSeed, ushort taskSeed)
    {
        int tasks = taskSeed % 300;
        using var pool = new WorkerPool(1 + (workerSeed % 5));
        for (int round = 0; round < 20; round++)
        {
            var runs = new int[tasks];
            pool.Run(tasks, (task, _) => Interlocked.Increment(ref runs[task]));
            Assert.All(runs, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void ScratchIsAlignedAndNeverSharedByRunningTasks()
    {
        using var pool = new WorkerPool(4);
        for (int round = 0; round < 50; round++)
        {
            pool.Run(64, (task, scratch) =>
            {
                Assert.Equal(0, (nint)scratch % 64);
                var own = new Span<int>(scratch, WorkerPool.ScratchBytes / sizeof(int));
                own.Fill(task);
                Assert.Equal(-1, own.IndexOfAnyExcept(task));
            });
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void AnExceptionReachesTheCallerAndThePoolStaysUsable(int workers)
    {
        using var pool = new WorkerPool(workers);
        for (int round = 0; round < 20; round++)
        {
            var error = Assert.Throws<InvalidOperationException>(() => pool.Run(50, (task, _) =>
            {
                if (task == 17)
                {
                    throw new InvalidOperationException("task 17");
                }
            }));
            Assert.Equal("task 17", error.Message);
            int done = 0;
            pool.Run(50, (_, _) => Interlocked.Increment(ref done));
            Assert.Equal(50, done);
        }
    }

    [Fact]
    public void AfterParkingTheWorkersStillTakeTasks()
    {
        // Two tasks that wait for each other finish only when two workers run them.
        using var pool = new WorkerPool(2);
        for (int round = 0; round < 100; round++)
        {
            using var barrier = new Barrier(2);
            pool.Run(2, (_, _) => barrier.SignalAndWait(TestContext.Current.CancellationToken));
            if (round % 10 == 0)
            {
                Thread.Yield();
            }
        }
    }

    [Fact]
    public void ADisposedPoolRefusesWork()
    {
        var pool = new WorkerPool(2);
        pool.Dispose();
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Run(1, (_, _) => { }));
    }

    [Fact]
    public void APoolNeedsAWorker() => Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(0));
}
