using System.CommandLine;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Commands;

/// <summary>
/// <c>flashmem verify</c>: streamed against resident, bit by bit, twice (a repeated run keeps part of the weights); the budget against
/// what was really taken; on other devices also against the host, within a tolerance. The streamed runs come first, so that the process's peak memory is theirs.
/// </summary>
internal static class VerifyCommand
{
    private const int DefaultBudgetShare = 4;
    private const string HostName = "host";

    public static Command Create()
    {
        var shared = new SessionArguments();
        Option<string[]> inputs = CommonOptions.Inputs();
        Option<int> seed = CommonOptions.Seed();
        Option<string?> json = CommonOptions.Json();
        var command = new Command(
            "verify",
            CommonOptions.WithExample(
                "Checks that streaming changes no bit and keeps to the budget (default: a quarter of the weights).",
                "flashmem verify zoo:vit-base --budget 43MiB"))
        {
            inputs, seed, json,
        };
        shared.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            shared.RequirePlan(result, "there is nothing to verify");
            if (shared.DeviceNames(result).Count > 1)
            {
                await new StageVerification(shared).RunAsync(
                    result,
                    result.GetValue(inputs)!,
                    result.GetValue(seed),
                    result.GetValue(json),
                    DefaultBudgetShare,
                    (on, given, outputs) => AgreesWithHost(shared, result, on, given, outputs, cancellationToken),
                    cancellationToken).ConfigureAwait(false);
                return 0;
            }

            await using IDevice device = shared.OpenDevice(result);
            if (device is ISimulatedDevice { HasValues: false })
            {
                throw new UsageException("verify compares outputs, which --timing-only does not compute");
            }

            SessionOptions options = shared.Options(result, device, null) with { Checksums = ChecksumPolicy.FirstRead };
            if (options.BudgetBytes is null)
            {
                long share = await DefaultBudget(shared, result, options, cancellationToken).ConfigureAwait(false);
                options = options with { BudgetBytes = share };
            }

            IReadOnlyDictionary<string, Tensor> tensors;
            RunResult first;
            RunResult second;
            OverlapPlan plan;
            await using (StreamingSession streamed = await shared.LoadAsync(result, options, cancellationToken).ConfigureAwait(false))
            {
                tensors = ModelInputs.Create(streamed, result.GetValue(inputs)!, result.GetValue(seed));
                plan = streamed.Plan;
                first = await streamed.RunAsync(tensors, cancellationToken).ConfigureAwait(false);
                second = await streamed.RunAsync(tensors, cancellationToken).ConfigureAwait(false);
            }

            long? processPeak = second.Report.Memory.Process?.PeakResidentBytes;
            var checks = new List<VerifyCheck>();
            SessionOptions residentOptions = options with { BudgetBytes = null, Policy = PlanPolicy.Preload, Plan = null };
            await using (StreamingSession resident = await shared.LoadAsync(result, residentOptions, cancellationToken).ConfigureAwait(false))
            {
                RunResult reference = await resident.RunAsync(tensors, cancellationToken).ConfigureAwait(false);
                checks.Add(VerifyChecks.SameBits("first streamed run equals resident", reference.Outputs, first.Outputs));
                checks.Add(VerifyChecks.SameBits("repeated streamed run equals resident", reference.Outputs, second.Outputs));
            }

            RunReport report = second.Report;
            long budget = options.BudgetBytes!.Value;
            checks.Add(VerifyChecks.AtMost("planned peak within the budget", report.Memory.PlannedPeakBytes, budget));
            checks.Add(VerifyChecks.AtMost("measured peak within the plan", report.Memory.PeakBytes, report.Memory.PlannedPeakBytes));
            checks.Add(VerifyChecks.Finite("outputs are finite", second.Outputs));
            if (device.Name != HostName)
            {
                checks.Add(await AgreesWithHost(shared, result, options, tensors, second.Outputs, cancellationToken).ConfigureAwait(false));
            }

            VerifyView.Write(report, plan, processPeak, checks, result.GetValue(json));
            VerifyChecks.Require(report.Model, checks);
            return 0;
        });
        return command;
    }

    /// <summary>Compares outputs with the host's, in single precision; what halves cost is measured there too.</summary>
    private static async Task<VerifyCheck> AgreesWithHost(
        SessionArguments shared,
        ParseResult result,
        SessionOptions options,
        IReadOnlyDictionary<string, Tensor> tensors,
        IReadOnlyDictionary<string, Tensor> outputs,
        CancellationToken cancellationToken)
    {
        Task<RunResult> Run(ElementType activations) =>
            RunOnHost(shared, result, options with { ActivationType = activations }, tensors, cancellationToken);
        RunResult host = await Run(ElementType.Float32).ConfigureAwait(false);
        RunResult? halves = options.ActivationType == ElementType.Float16 ? await Run(ElementType.Float16).ConfigureAwait(false) : null;
        return HostAgreement.Check(host.Outputs, halves?.Outputs, outputs);
    }

    /// <summary>The same model and inputs on the host, under the same budget or the smallest that the host can work with.</summary>
    private static async Task<RunResult> RunOnHost(
        SessionArguments shared,
        ParseResult result,
        SessionOptions options,
        IReadOnlyDictionary<string, Tensor> tensors,
        CancellationToken cancellationToken)
    {
        await using IDevice host = HostDevice.Open(new HostDeviceOptions { HalfActivations = true });
        SessionOptions onHost = options with
        {
            Device = host, Spec = null, Estimates = null, MoveMode = MoveMode.CopyQueue, HostWeights = false,
        };
        StreamingSession session;
        try
        {
            session = await shared.LoadAsync(result, onHost, cancellationToken).ConfigureAwait(false);
        }
        catch (BudgetException tooSmall) when (tooSmall.SmallestBytes > options.BudgetBytes)
        {
            onHost = onHost with { BudgetBytes = tooSmall.SmallestBytes };
            session = await shared.LoadAsync(result, onHost, cancellationToken).ConfigureAwait(false);
        }

        await using (session)
        {
            return await session.RunAsync(tensors, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<long> DefaultBudget(
        SessionArguments shared, ParseResult result, SessionOptions options, CancellationToken cancellationToken)
    {
        await using StreamingSession session = await shared.LoadAsync(result, options, cancellationToken).ConfigureAwait(false);
        return session.WeightBytes / DefaultBudgetShare;
    }
}
