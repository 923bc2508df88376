using FlashMem.Runtime.Sessions;

namespace FlashMem.Cli.Rendering;

/// <summary>Shows a session's loading on a progress line.</summary>
internal sealed class LoadProgressLine(ProgressLine line) : IProgress<LoadProgress>
{
    public void Report(LoadProgress value) => line.Report($"{value.Stage} {value.Detail}", value.Done, value.Total);
}
