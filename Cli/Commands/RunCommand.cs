using System.CommandLine;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Cli.Policies;
using FlashMem.Cli.Rendering;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Cli.Commands;

/// <summary><c>flashmem run</c>: runs a model under a budget and reports.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var shared = new SessionArguments();
        var queue = new QueueCommand(shared);
        var stages = new StageCommand(shared);
        var plan = new Option<string?>("--plan") { Description = "Follow this plan; neither the model nor a planner is loaded." };
        var iterations = new Option<int>("--iterations")
        {
            Description = "Reported runs, in a queue of every model.", DefaultValueFactory = _ => 1,
        };
        var warmup = new Option<int>("--warmup") { Description = "Runs before them.", DefaultValueFactory = _ => 0 };
        var output = new Option<string?>("--output") { Description = "Folder for one .npy file per output." };
        var trace = new Option<string?>("--trace") { Description = "Chrome trace JSON of the last run; opens in Perfetto." };
        Option<string[]> inputs = CommonOptions.Inputs();
        Option<int> seed = CommonOptions.Seed();
        Option<string?> json = CommonOptions.Json();

        var command = new Command(
            "run", CommonOptions.WithExample("Runs a model under a budget and reports.", "flashmem run zoo:resnet50 --budget 32MiB"))
        {
            plan, iterations, warmup, inputs, seed, output, trace, json,
        };
        shared.AddTo(command);
        queue.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            int warmups = Count(result.GetValue(warmup), "--warmup", 0);
            int runs = Count(result.GetValue(iterations), "--iterations", 1);
            if (result.GetValue(queue.More) is { Length: > 0 })
            {
                foreach (Option option in (Option[])[plan, warmup, inputs])
                {
                    if (result.GetResult(option) is { Implicit: false })
                    {
                        throw new UsageException($"{option.Name} is for one model; several models are a queue");
                    }
                }

                shared.RequireOneDevice(result, "several models are a queue on one device");
                await queue.RunAsync(
                    result, runs, result.GetValue(seed), result.GetValue(output), result.GetValue(trace), result.GetValue(json),
                    cancellationToken).ConfigureAwait(false);
                return 0;
            }

            queue.RequireNone(result);
            if (shared.DeviceNames(result).Count > 1)
            {
                foreach (Option option in (Option[])[plan, trace])
                {
                    if (result.GetResult(option) is { Implicit: false })
                    {
                        throw new UsageException($"{option.Name} is for one device; a model over several has a plan and a trace per stage");
                    }
                }

                await stages.RunAsync(
                    result,
                    new StageRuns(warmups, runs, result.GetValue(inputs)!, result.GetValue(seed), result.GetValue(output)),
                    result.GetValue(json),
                    cancellationToken).ConfigureAwait(false);
                return 0;
            }

            PolicyChoice policy = shared.Policy(result);
            if (result.GetValue(trace) is not null)
            {
                policy.Without("its stages have no trace");
            }

            Task<ModelGraph>? reading = shared.BeginReading(result);
            await using IDevice device = shared.OpenDevice(result);
            if (device is ISimulatedDevice { HasValues: false } && result.GetValue(output) is not null)
            {
                throw new UsageException($"--output saves outputs; '{device.Name}' simulates time only and computes none");
            }

            await using StreamingSession session = await shared.LoadAsync(result, device, result.GetValue(plan), reading, cancellationToken)
                .ConfigureAwait(false);
            IReadOnlyDictionary<string, Tensor> tensors = ModelInputs.Create(session, result.GetValue(inputs)!, result.GetValue(seed));

            var policyRuns = new PolicyRuns(policy, session, shared.Budget(result));
            var reports = new List<RunReport>();
            RunResult last = null!;
            for (int i = 0; i < warmups + runs; i++)
            {
                last = await policyRuns.RunAsync(tensors, cancellationToken).ConfigureAwait(false);
                if (i >= warmups)
                {
                    reports.Add(last.Report);
                }
            }

            RunReport report = RunReport.Combine(reports);
            if (result.GetValue(output) is { } folder)
            {
                ModelOutputs.Save(last.Outputs, folder);
            }

            if (result.GetValue(trace) is { } traceFile)
            {
                await using FileStream stream = File.Create(traceFile);
                last.Trace?.WriteChrome(stream);
            }

            ReportOutput.Write(report, result.GetValue(json), OpenClDevices.Programs(device), SimulatedDevices.TimeSources(device));
            return 0;
        });
        return command;
    }

    private static int Count(int value, string option, int smallest) => value >= smallest
        ? value
        : throw new UsageException($"{option} is {value}; it must be at least {smallest}");
}
