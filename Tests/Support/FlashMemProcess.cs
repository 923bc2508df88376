using System.Diagnostics;

namespace FlashMem.Tests.Support;

/// <summary>The flashmem command as a process of its own, with a cache of its own.</summary>
internal static class FlashMemProcess
{
    private const int LimitMs = 120_000;

    /// <summary>How a process ended and what it printed.</summary>
    public sealed record Result(int ExitCode, string Output, string Errors);

    public static Result Run(string cache, params string[] arguments) => Run(cache, new Dictionary<string, string>(), arguments);

    /// <param name="cache">Cache directory.</param>
    /// <param name="environment">Variables beside those of this process.</param>
    /// <param name="arguments">Command line.</param>
    public static Result Run(string cache, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Run(AppContext.BaseDirectory, cache, environment, arguments);

    /// <summary>The command of another folder, as <see cref="Run(string, string[])"/>.</summary>
    public static Result RunFrom(string folder, string cache, params string[] arguments) =>
        Run(folder, cache, new Dictionary<string, string>(), arguments);

    private static Result Run(string folder, string cache, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        using Process process = Start(folder, cache, environment, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(LimitMs))
        {
            process.Kill();
            throw new InvalidOperationException($"flashmem {string.Join(' ', arguments)} did not end within {LimitMs} ms");
        }

        process.WaitForExit();
        return new Result(process.ExitCode, output.Result, errors.Result);
    }

    public static Process Start(string cache, params string[] arguments) =>
        Start(AppContext.BaseDirectory, cache, new Dictionary<string, string>(), arguments);

    private static Process Start(string folder, string cache, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(folder, "flashmem.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["FLASHMEM_CACHE"] = cache;

        // PoCL's own cache too: a process that starts or ends there takes away the temporary files of one that compiles.
        start.Environment["POCL_CACHE_DIR"] = Path.Combine(cache, "pocl");
        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
    }
}
