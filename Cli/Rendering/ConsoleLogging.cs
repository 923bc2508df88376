using Microsoft.Extensions.Logging;

namespace FlashMem.Cli.Rendering;

/// <summary>Logs of <c>--verbose</c>: one line each on standard error, so that standard output stays clean.</summary>
internal static class ConsoleLogging
{
    public static void Configure(ILoggingBuilder logging) => logging
        .SetMinimumLevel(LogLevel.Debug)
        .AddSimpleConsole(options => options.SingleLine = true)
        .AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
}
