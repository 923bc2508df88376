using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace FlashMem.Runtime.Packing;

/// <summary>Runs the pieces of a strip on a few threads, each with its own scratch buffers.</summary>
internal sealed class PackWorkers(int threads) : IDisposable
{
    private readonly ConcurrentBag<PackScratch> idle = [];

    /// <summary>Runs all pieces, in rising order as threads come free; throws the first failure once all threads have stopped.</summary>
    public void Run(int pieces, Action<int, PackScratch> body, CancellationToken cancellationToken)
    {
        int next = -1;
        bool failed = false;
        void Work()
        {
            PackScratch scratch = idle.TryTake(out PackScratch? reused) ? reused : new PackScratch();
            try
            {
                for (int piece = Interlocked.Increment(ref next);
                    piece < pieces && !Volatile.Read(ref failed);
                    piece = Interlocked.Increment(ref next))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    body(piece, scratch);
                }
            }
            catch
            {
                Volatile.Write(ref failed, true);
                throw;
            }
            finally
            {
                idle.Add(scratch);
            }
        }

        int workers = Math.Min(threads, pieces);
        if (workers <= 1)
        {
            Work();
            return;
        }

        try
        {
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ => Work());
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.Flatten().InnerExceptions[0]);
        }
    }

    public void Dispose()
    {
        foreach (PackScratch scratch in idle)
        {
            scratch.Dispose();
        }
    }
}
