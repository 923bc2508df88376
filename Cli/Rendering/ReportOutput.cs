using FlashMem.Runtime.Reports;

namespace FlashMem.Cli.Rendering;

/// <summary>Prints a run: for people to standard output, and as JSON where asked.</summary>
internal static class ReportOutput
{
    /// <param name="report">The run.</param>
    /// <param name="json">Null for none; empty for standard output, which then holds nothing else; else a file.</param>
    /// <param name="programs">Where the device's compiled programs came from; null for devices that have none.</param>
    /// <param name="estimates">How kernels were timed, on twins of measured devices; null for others.</param>
    public static void Write(RunReport report, string? json, string? programs = null, string? estimates = null)
    {
        if (json is not null)
        {
            JsonOutput.Write(json, stream => RunReportJson.Write(stream, report));
        }

        if (json is not "")
        {
            RunReportView.Write(report, programs, estimates, Console.Out);
        }
    }
}
