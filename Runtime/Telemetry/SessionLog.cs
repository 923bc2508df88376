using Microsoft.Extensions.Logging;

namespace FlashMem.Runtime.Telemetry;

/// <summary>The log messages of sessions.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(
        1, LogLevel.Information, "Opened {Model} on {Device}: {WeightBytes} bytes of weights, plan {Policy}/{Solver} takes {PeakBytes} bytes")]
    public static partial void Opened(
        ILogger logger, string model, string device, long weightBytes, string policy, string solver, long peakBytes);

    [LoggerMessage(2, LogLevel.Debug, "Weight file {Path} found")]
    public static partial void WeightFileFound(ILogger logger, string path);

    [LoggerMessage(3, LogLevel.Information, "Packed weight file {Path}: {Bytes} bytes")]
    public static partial void WeightFilePacked(ILogger logger, string path, long bytes);

    [LoggerMessage(4, LogLevel.Debug, "Run of {Model} took {Milliseconds} ms, read {StorageBytes} bytes")]
    public static partial void RunCompleted(ILogger logger, string model, double milliseconds, long storageBytes);

    [LoggerMessage(5, LogLevel.Error, "Run of {Model} failed")]
    public static partial void RunFailed(ILogger logger, Exception error, string model);

    [LoggerMessage(6, LogLevel.Information, "Run of {Model} was cancelled")]
    public static partial void RunCancelled(ILogger logger, string model);

    [LoggerMessage(7, LogLevel.Debug, "Weight file {Path} was found right, which cannot be remembered: {Problem}")]
    public static partial void NotRemembered(ILogger logger, string path, string problem);
}
