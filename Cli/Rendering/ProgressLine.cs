using System.Diagnostics;
using FlashMem.Cli.Options;

namespace FlashMem.Cli.Rendering;

/// <summary>
/// One line of progress on standard error, only when that is a terminal and the work has taken longer than a second. Thread-safe.
/// </summary>
internal sealed class ProgressLine(bool enabled)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan last;
    private int width;

    public static ProgressLine ForTerminal(bool quiet) => new(!quiet && !Console.IsErrorRedirected);

    public void Report(string what, long done, long total)
    {
        if (total > 0)
        {
            Show($"{what}: {ByteSize.Format(done)} of {ByteSize.Format(total)} ({100.0 * done / total:0} %)");
        }
    }

    /// <summary>Replaces the line, unless the last one is too recent.</summary>
    public void Show(string line)
    {
        lock (gate)
        {
            if (!enabled || clock.Elapsed < Quiet || clock.Elapsed - last < Interval)
            {
                return;
            }

            last = clock.Elapsed;
            Console.Error.Write('\r' + line.PadRight(width));
            width = line.Length;
        }
    }

    /// <summary>Wipes the line so that other output starts clean.</summary>
    public void Clear()
    {
        lock (gate)
        {
            if (width > 0)
            {
                Console.Error.Write('\r' + new string(' ', width) + '\r');
                width = 0;
            }
        }
    }
}
