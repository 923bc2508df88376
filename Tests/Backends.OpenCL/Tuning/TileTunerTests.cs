using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Tuning;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Tuning;

/// <summary>The search for the fastest candidate, on a timer that is told what to say.</summary>
public sealed class TileTunerTests
{
    private static readonly TuningOptions Options = new();

    /// <param name="first">Of the table's choice; every time is milliseconds, 0 a candidate that the driver refuses.</param>
    /// <param name="others">Of the other candidates.</param>
    [Property]
    public void The_fastest_candidate_that_the_driver_takes_wins_when_it_gains_enough(PositiveInt first, byte[] others)
    {
        double table = first.Get;
        double[] times = [table, .. others.Select(time => (double)time)];
        var timer = new FakeTimer(times);

        TileEntry entry = new TileTuner(timer, Options).Tune(timer.Problem, () => false);

        double fastest = times.Where(time => time > 0).Min();
        double expected = fastest <= table * (1 - Options.LeastGain) ? fastest : table;
        Assert.Equal(expected, times[int.Parse(entry.Tiles)]);
        Assert.Equal((table, expected), (entry.TableMs, entry.BestMs));
        Assert.True(entry.IsComplete);
    }

    [Fact]
    public void A_gain_within_the_noise_leaves_the_table()
    {
        var timer = new FakeTimer([100, 98, 99]);

        TileEntry entry = new TileTuner(timer, Options).Tune(timer.Problem, () => false);

        Assert.Equal(("0", 100, 100), (entry.Tiles, entry.TableMs, entry.BestMs));
    }

    [Fact]
    public void A_slow_candidate_is_dropped_after_one_timed_launch()
    {
        var timer = new FakeTimer([10, 21, 19]);

        new TileTuner(timer, Options).Tune(timer.Problem, () => false);

        Assert.Equal([1 + Options.Launches, 2, 1 + Options.Launches], timer.Launches);
    }

    [Fact]
    public void When_the_time_is_over_the_rest_is_left_for_another_call()
    {
        var timer = new FakeTimer([10, 8, 5]);
        int asked = 0;

        TileEntry entry = new TileTuner(timer, Options).Tune(timer.Problem, () => ++asked > 1);

        Assert.Equal(("1", 2, 3, false), (entry.Tiles, entry.Tried, entry.Of, entry.IsComplete));
        Assert.Equal(0, timer.Launches[2]);
    }

    /// <summary>A candidate that was lucky once meets the table's choice again before it replaces it.</summary>
    [Fact]
    public void The_winner_is_timed_again_beside_the_table()
    {
        var timer = new FakeTimer([10, 5]) { SlowAfter = 1 + Options.Launches };

        TileEntry entry = new TileTuner(timer, Options).Tune(timer.Problem, () => false);

        Assert.Equal("0", entry.Tiles);
    }

    [Fact]
    public void A_driver_that_refuses_the_table_is_an_error()
    {
        var timer = new FakeTimer([0, 5]);

        Assert.Throws<DeviceException>(() => new TileTuner(timer, Options).Tune(timer.Problem, () => false));
    }

    private sealed record NumberedTiles(int Number) : KernelTiles
    {
        public override string Text => $"{Number}";
    }

    private sealed class FakeTimer(double[] times) : ITileTimer
    {
        public TileProblem Problem { get; } = TileProblem.Of("fake", new NumberedTiles(0), times.Select((_, i) => new NumberedTiles(i)));

        public int[] Launches { get; } = new int[times.Length];

        /// <summary>Launches after which candidates other than the table's take ten times as long.</summary>
        public int SlowAfter { get; init; } = int.MaxValue;

        public double Launch(KernelTiles tiles)
        {
            int number = ((NumberedTiles)tiles).Number;
            Launches[number]++;
            double slow = number > 0 && Launches[number] > SlowAfter ? 10 : 1;
            return times[number] > 0 ? slow * times[number] : throw new DeviceException("refused");
        }
    }
}
