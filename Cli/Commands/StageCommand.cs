using System.Collections.Immutable;
using System.CommandLine;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Models;
using FlashMem.Cli.Rendering;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Runtime.Stages;

namespace FlashMem.Cli.Commands;

/// <summary>What to run over several devices.</summary>
/// <param name="Warmups">Runs before those that are reported, one after the other.</param>
/// <param name="Iterations">1: one run alone. More: one run alone, then so many with all stages busy.</param>
/// <param name="Inputs">Each NAME=FILE.npy.</param>
/// <param name="Seed">Of the other inputs.</param>
/// <param name="Output">Folder for outputs; null for none.</param>
internal sealed record StageRuns(int Warmups, int Iterations, IReadOnlyList<string> Inputs, int Seed, string? Output);

/// <summary><c>flashmem run MODEL --device A,B</c>: one model over several devices in stages.</summary>
internal sealed class StageCommand(SessionArguments shared)
{
    /// <param name="result">The command line.</param>
    /// <param name="runs">How often, with what.</param>
    /// <param name="json">As for one device.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(ParseResult result, StageRuns runs, string? json, CancellationToken cancellationToken)
    {
        IReadOnlyList<IDevice> devices = await shared.OpenDevicesAsync(result).ConfigureAwait(false);
        try
        {
            if (runs.Output is not null && devices.FirstOrDefault(device => device is ISimulatedDevice { HasValues: false }) is { } timing)
            {
                throw new UsageException($"--output saves outputs; '{timing.Name}' simulates time only and computes none");
            }

            StagedOptions options = shared.StagedOptions(result, devices);
            await using StagedSession session = await shared.LoadStagesAsync(result, options, cancellationToken).ConfigureAwait(false);
            IReadOnlyDictionary<string, Tensor> inputs = ModelInputs.Create(session.InputMetadata, runs.Inputs, runs.Seed);
            for (int i = 0; i < runs.Warmups; i++)
            {
                await session.RunAsync(inputs, cancellationToken).ConfigureAwait(false);
            }

            StagedResult alone = await session.RunAsync(inputs, cancellationToken).ConfigureAwait(false);
            int busy = runs.Iterations == 1 ? 0 : runs.Iterations;
            ImmutableArray<StagedRun> together = await session
                .RunManyAsync([.. Enumerable.Repeat(inputs, busy)], null, cancellationToken).ConfigureAwait(false);
            if (runs.Output is not null)
            {
                ModelOutputs.Save(alone.Outputs, runs.Output);
            }

            StagedReport report = session.Report(alone, together);
            if (json is not null)
            {
                JsonOutput.Write(json, stream => StagedReportJson.Write(stream, report));
            }

            if (json is not "")
            {
                StagedReportView.Write(report, Console.Out);
            }
        }
        finally
        {
            foreach (IDevice device in devices)
            {
                await device.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
