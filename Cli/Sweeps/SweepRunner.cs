namespace FlashMem.Cli.Sweeps;

/// <summary>Runs the points of a sweep on several threads and passes their rows on in grid order.</summary>
/// <param name="points">The grid.</param>
/// <param name="jobs">Threads.</param>
/// <param name="run">Runs one point; called by several threads at one time.</param>
internal sealed class SweepRunner(
    IReadOnlyList<SweepPoint> points, int jobs, Func<SweepPoint, CancellationToken, Task<SweepRow>> run)
{
    /// <summary>
    /// Returns when every row is passed on. On cancellation and when a point throws, the rows passed on so far are the first ones of the
    /// grid, without gaps; no thread is left running.
    /// </summary>
    /// <param name="pass">Takes the rows in grid order, one at a time.</param>
    /// <param name="done">Told of every point that is done, in any order, by the thread that ran it.</param>
    /// <param name="cancellationToken">Stops before the next point, and the points in progress.</param>
    public async Task RunAsync(Action<SweepRow> pass, Action done, CancellationToken cancellationToken)
    {
        var queue = new SweepQueue(points);
        var order = new SweepOrder(pass);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] workers =
        [
            .. Enumerable.Range(0, Math.Min(jobs, points.Count))
                .Select(_ => Task.Run(() => WorkAsync(queue, order, done, stop), CancellationToken.None)),
        ];
        try
        {
            await Task.WhenAll(workers).ConfigureAwait(false);
        }
        catch (Exception) when (workers.FirstOrDefault(worker => worker.IsFaulted) is { } failed)
        {
            // Its failure cancelled the others: theirs says nothing.
            await failed.ConfigureAwait(false);
        }
        catch (OperationCanceledException error)
        {
            throw new OperationCanceledException(error.Message, error, cancellationToken);
        }
    }

    private async Task WorkAsync(SweepQueue queue, SweepOrder order, Action done, CancellationTokenSource stop)
    {
        try
        {
            while (queue.Take() is { } point)
            {
                stop.Token.ThrowIfCancellationRequested();
                SweepRow row = await run(point, stop.Token).ConfigureAwait(false);
                queue.Done(row);
                order.Add(row);
                done();
            }
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
