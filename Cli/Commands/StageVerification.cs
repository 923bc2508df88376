using System.CommandLine;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Models;
using FlashMem.Cli.Rendering;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Runtime.Stages;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Commands;

/// <summary>
/// <c>flashmem verify MODEL --device A,B</c>: the model in stages against the whole one. On devices of one name every bit must be the same
/// as with everything resident on one of them; on different devices the outputs must agree with the host's as those of one device must.
/// </summary>
internal sealed class StageVerification(SessionArguments shared)
{
    private const int RunsTogether = 3;

    /// <param name="result">The command line.</param>
    /// <param name="inputs">Each NAME=FILE.npy.</param>
    /// <param name="seed">Of the other inputs.</param>
    /// <param name="json">As for one device.</param>
    /// <param name="budgetShare">Without a budget each device gets the weights divided by this.</param>
    /// <param name="agreesWithHost">Compares outputs with those of the whole model on the host.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(
        ParseResult result,
        IReadOnlyList<string> inputs,
        int seed,
        string? json,
        int budgetShare,
        Func<SessionOptions, IReadOnlyDictionary<string, Tensor>, IReadOnlyDictionary<string, Tensor>, Task<VerifyCheck>> agreesWithHost,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<IDevice> devices = await shared.OpenDevicesAsync(result).ConfigureAwait(false);
        try
        {
            if (devices.Any(device => device is ISimulatedDevice { HasValues: false }))
            {
                throw new UsageException("verify compares outputs, which --timing-only does not compute");
            }

            StagedOptions options = shared.StagedOptions(result, devices);
            SessionOptions session = options.Session with { Checksums = ChecksumPolicy.FirstRead };
            if (session.BudgetBytes is null)
            {
                await using StagedSession whole = await shared.LoadStagesAsync(result, options, cancellationToken).ConfigureAwait(false);
                session = session with { BudgetBytes = whole.WeightBytes / budgetShare };
            }

            var checks = new List<VerifyCheck>();
            (StagedReport report, Dictionary<string, Tensor>[] outputs, IReadOnlyDictionary<string, Tensor> tensors) = await RunStagesAsync(
                result, options with { Session = session }, inputs, seed, cancellationToken).ConfigureAwait(false);
            long budget = report.BudgetBytes!.Value;
            for (int i = 0; i < report.Stages.Length; i++)
            {
                StageFigures stage = report.Stages[i];
                string name = $"stage {i + 1} on {stage.Device}:";
                checks.Add(VerifyChecks.AtMost($"{name} planned peak within the budget", stage.PlannedPeakBytes, budget));
                checks.Add(VerifyChecks.AtMost($"{name} measured peak within the plan", stage.PeakBytes, stage.PlannedPeakBytes));
            }

            for (int run = 1; run < outputs.Length; run++)
            {
                checks.Add(VerifyChecks.SameBits($"run {run + 1} equals the first", outputs[0], outputs[run]));
            }

            checks.Add(VerifyChecks.Finite("outputs are finite", outputs[0]));
            SessionOptions resident = session with { Device = devices[0], BudgetBytes = null, Policy = PlanPolicy.Preload };
            if (devices.Select(device => device.Name).Distinct(StringComparer.Ordinal).Count() == 1)
            {
                await using StreamingSession one = await shared.LoadAsync(result, resident, cancellationToken).ConfigureAwait(false);
                RunResult reference = await one.RunAsync(tensors, cancellationToken).ConfigureAwait(false);
                checks.Add(VerifyChecks.SameBits("stages equal the whole model on one device", reference.Outputs, outputs[0]));
            }
            else
            {
                checks.Add(await agreesWithHost(session with { Device = devices[0] }, tensors, outputs[0]).ConfigureAwait(false));
            }

            StagedVerifyView.Write(report, checks, json);
            VerifyChecks.Require(report.Model, checks);
        }
        finally
        {
            foreach (IDevice device in devices)
            {
                await device.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>One run alone, which loads everything, then some with all stages busy.</summary>
    private async Task<(StagedReport Report, Dictionary<string, Tensor>[] Outputs, IReadOnlyDictionary<string, Tensor> Inputs)>
        RunStagesAsync(
            ParseResult result, StagedOptions options, IReadOnlyList<string> files, int seed, CancellationToken cancellationToken)
    {
        await using StagedSession session = await shared.LoadStagesAsync(result, options, cancellationToken).ConfigureAwait(false);
        IReadOnlyDictionary<string, Tensor> inputs = ModelInputs.Create(session.InputMetadata, files, seed);
        var outputs = new Dictionary<string, Tensor>[1 + RunsTogether];
        StagedResult alone = await session.RunAsync(inputs, cancellationToken).ConfigureAwait(false);
        outputs[0] = new Dictionary<string, Tensor>(alone.Outputs);
        var together = await session.RunManyAsync(
            [.. Enumerable.Repeat(inputs, RunsTogether)],
            (run, each) => outputs[1 + run] = new Dictionary<string, Tensor>(each),
            cancellationToken).ConfigureAwait(false);
        return (session.Report(alone, together), outputs, inputs);
    }
}
