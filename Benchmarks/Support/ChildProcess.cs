using System.Diagnostics;

namespace FlashMem.Benchmarks.Support;

/// <summary>Starts a process, waits for it, and times it from the outside.</summary>
internal static class ChildProcess
{
    /// <summary>What a finished child printed, and when it printed its first line, in milliseconds after its start.</summary>
    public sealed record Result(string Output, double FirstLineMs);

    /// <param name="controlGroup">Folder of an existing control group that the child joins before it starts; null for none.</param>
    public static Result Run(string file, IReadOnlyList<string> arguments, string? controlGroup)
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
            if (output.Count == 0)
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
