using System.Collections.Immutable;
using FlashMem.Cli.Sweeps;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Cli.Sweeps;

/// <summary>Rows come in grid order whatever threads do; cancelling and failing leave the first rows without gaps.</summary>
public sealed class SweepRunnerTests
{
    private static readonly ImmutableArray<SweepPoint> Points = SweepGrids.Of(models: 2, budgets: 4, caches: 3);

    /// <summary>Points in progress end in an order drawn from the seed, not in the order in which they began.</summary>
    [Property(MaxTest = 60)]
    public bool Rows_are_in_grid_order_whatever_ends_first(int seed, byte jobs)
    {
        var random = new Random(seed);
        var open = new List<(SweepPoint Point, TaskCompletionSource<SweepRow> End)>();
        int threads = 1 + (jobs % 5);
        int begun = 0;
        Task<SweepRow> Run(SweepPoint point, CancellationToken token)
        {
            var end = new TaskCompletionSource<SweepRow>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (open)
            {
                open.Add((point, end));
                begun++;
                while (open.Count == threads || (begun == Points.Length && open.Count > 0))
                {
                    int chosen = random.Next(open.Count);
                    (SweepPoint ended, TaskCompletionSource<SweepRow> source) = open[chosen];
                    open.RemoveAt(chosen);
                    source.SetResult(Row(ended));
                }
            }

            return end.Task;
        }

        var rows = new List<int>();
        int done = 0;
        new SweepRunner(Points, threads, Run)
            .RunAsync(row => rows.Add(row.Point.Index), () => Interlocked.Increment(ref done), default)
            .GetAwaiter().GetResult();
        return rows.SequenceEqual(Enumerable.Range(0, Points.Length)) && done == Points.Length;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Cancelling_leaves_the_first_rows_without_gaps(int jobs)
    {
        using var cancel = new CancellationTokenSource();
        var rows = new List<int>();
        async Task<SweepRow> Run(SweepPoint point, CancellationToken token)
        {
            if (point.Index == 7)
            {
                await cancel.CancelAsync();
            }

            token.ThrowIfCancellationRequested();
            return Row(point);
        }

        OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new SweepRunner(Points, jobs, Run).RunAsync(row => rows.Add(row.Point.Index), () => { }, cancel.Token));

        Assert.Equal(cancel.Token, error.CancellationToken);
        Assert.Equal(Enumerable.Range(0, rows.Count), rows);
        Assert.InRange(rows.Count, 0, 7);
    }

    [Fact]
    public async Task A_point_that_throws_ends_the_sweep_with_its_own_error()
    {
        var rows = new List<int>();
        Task<SweepRow> Run(SweepPoint point, CancellationToken token) => point.Index switch
        {
            5 => throw new InvalidOperationException("a defect"),
            > 5 => UntilCancelled(token),
            _ => Task.FromResult(Row(point)),
        };

        static async Task<SweepRow> UntilCancelled(CancellationToken token)
        {
            var never = new TaskCompletionSource<SweepRow>(TaskCreationOptions.RunContinuationsAsynchronously);
            using CancellationTokenRegistration cancelled = token.Register(() => never.SetCanceled(token));
            return await never.Task;
        }

        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => new SweepRunner(Points, 2, Run)
                .RunAsync(row => rows.Add(row.Point.Index), () => { }, TestContext.Current.CancellationToken));

        Assert.Equal("a defect", error.Message);
        Assert.Equal(Enumerable.Range(0, rows.Count), rows);
        Assert.InRange(rows.Count, 0, 5);
    }

    [Fact]
    public void A_point_is_passed_over_while_its_kernels_are_timed_elsewhere()
    {
        ImmutableArray<SweepPoint> points = SweepGrids.Of(models: 2, budgets: 3, caches: 1);
        var queue = new SweepQueue(points);

        Assert.Equal(0, queue.Take()!.Index);
        Assert.Equal(3, queue.Take()!.Index);
        Assert.Equal(1, queue.Take()!.Index);
        queue.Done(Row(points[0]));
        Assert.Equal(2, queue.Take()!.Index);
        queue.Done(SweepRow.Infeasible(points[3], 1));
        Assert.Equal(4, queue.Take()!.Index);
        Assert.Equal(5, queue.Take()!.Index);
        Assert.Null(queue.Take());
    }

    private static SweepRow Row(SweepPoint point) => SweepRow.Infeasible(point, 1);
}
