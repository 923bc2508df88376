namespace FlashMem.Cli.Sweeps;

/// <summary>Passes rows on in grid order, whatever the order in which they come: a row waits for those before it. Thread-safe.</summary>
/// <param name="pass">Takes the rows, one at a time.</param>
internal sealed class SweepOrder(Action<SweepRow> pass)
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, SweepRow> waiting = [];
    private int next;

    public void Add(SweepRow row)
    {
        lock (gate)
        {
            waiting.Add(row.Point.Index, row);
            while (waiting.Remove(next, out SweepRow? due))
            {
                next++;
                pass(due);
            }
        }
    }
}
