using System.Diagnostics;

namespace FlashMem.Benchmarks.Support;

/// <summary>Starts a process, waits for it, and times it from the outside.</summary>
internal static class ChildProcess
{
    /// <summary>What a finished child printed, and when it printed the line waited for, in milliseconds after its start.</summary>
    public sealed record Result(string Output, double FirstLineMs);

    /// <param name="controlGroup">Folder of an existing control group that the child joins before it starts; null for none.</param>
    /// <param name="waitedFor">The line to time; null for the first.</param>
    public static Result Run(
        string file, IReadOnlyList<string> arguments, string? controlGroup, Func<string, bool>? waitedFor = null)
    {
        var start = new ProcessStartInfo { RedirectStandardOutput = true, RedirectStandardError = true };
        if (controlGroup is null)
        {
            start.FileName = file;
        }
        else
        {
            start.FileName = "/bin/sh";
            foreach (string argument in (string[])["-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", controlGroup, file])
            {
                start.ArgumentList.Add(argument);
            }
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        long begin = Stopwatch.GetTimestamp();
        double first = double.NaN;
        var output = new List<string>();
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {file}");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (double.IsNaN(first) && waitedFor?.Invoke(line) != false)
            {
                first = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            }

            output.Add(line);
        }

        process.WaitForExit();
        return process.ExitCode == 0
            ? new Result(string.Join('\n', output), first)
            : throw new InvalidOperationException($"{file} ended with {process.ExitCode}: {errors.Result}");
    }
}
