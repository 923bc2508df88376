using FlashMem.Runtime.Reports;

namespace FlashMem.Cli.Sweeps;

/// <summary>How a point went.</summary>
/// <param name="Point">What was asked.</param>
/// <param name="Outcome">Whether it ran.</param>
/// <param name="Status">For the table: <c>ok</c>, or why it did not run.</param>
/// <param name="First">The first run, which loads everything; null when it did not run.</param>
/// <param name="Repeated">The runs after it, combined; null when it did not run.</param>
internal sealed record SweepRow(SweepPoint Point, SweepOutcome Outcome, string Status, RunReport? First, RunReport? Repeated)
{
    public static SweepRow Ran(SweepPoint point, RunReport first, RunReport repeated) =>
        new(point, SweepOutcome.Ran, "ok", first, repeated);

    public static SweepRow Infeasible(SweepPoint point, long smallestBytes) =>
        new(point, SweepOutcome.Infeasible, $"infeasible: the smallest budget is {smallestBytes} bytes", null, null);

    public static SweepRow Failed(SweepPoint point, string problem) => new(point, SweepOutcome.Failed, $"error: {problem}", null, null);
}

/// <summary>Whether a point ran.</summary>
internal enum SweepOutcome
{
    Ran,

    /// <summary>The budget cannot work: an answer, not a failure.</summary>
    Infeasible,

    Failed,
}
