using System.CommandLine;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Cli.Policies;
using FlashMem.Cli.Rendering;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Commands;

/// <summary><c>flashmem compare</c>: devices x policies x budgets in one table.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        Argument<string> model = CommonOptions.Model();
        var devices = new Option<string>("--device", "-d")
        {
            Description = "Devices, separated by commas.", DefaultValueFactory = _ => "host",
        };
        Option<bool> asGpu = CommonOptions.AsGpu();
        var policies = new Option<string>("--policy")
        {
            Description = $"Policies, separated by commas: {CommonOptions.PolicyNames}.",
            DefaultValueFactory = _ => "overlap,demand,preload",
        };
        var budgets = new Option<string?>("--budget", "-b")
        {
            Description = "Budgets, separated by commas; policies that preload ignore them.",
        };
        Option<string[]> pin = CommonOptions.Pin();
        Option<double?> latencySlack = CommonOptions.LatencySlack();
        Option<string> weights = CommonOptions.Weights();
        Option<string> activations = CommonOptions.Activations();
        var iterations = new Option<int>("--iterations") { Description = "Repeated runs per line.", DefaultValueFactory = _ => 5 };
        Option<int> seed = CommonOptions.Seed();
        Option<bool> pageCache = CommonOptions.PageCache();
        Option<bool> timingOnly = CommonOptions.TimingOnly();
        Option<string[]> set = CommonOptions.Set();
        Option<string[]> fault = CommonOptions.Fault();
        Option<bool> quiet = CommonOptions.Quiet();
        Option<string?> json = CommonOptions.Json();
        var command = new Command(
            "compare",
            CommonOptions.WithExample(
                "Runs a model with several devices, policies and budgets side by side.",
                "flashmem compare zoo:vit-base --policy overlap,demand --budget 48MiB,96MiB"))
        {
            model, devices, asGpu, policies, budgets, pin, latencySlack, weights, activations, iterations, seed, pageCache, timingOnly, set,
            fault, quiet, json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            ProgressLine progress = ProgressLine.ForTerminal(result.GetValue(quiet));
            string[] names = Split(result.GetRequiredValue(devices));
            SimulationSettings simulation = new SimulationSettings(
                result.GetValue(timingOnly), result.GetValue(set)!, result.GetValue(fault)!)
            {
                PageCache = result.GetValue(pageCache),
            }.For(names);
            PolicyChoice[] choices = [.. Split(result.GetRequiredValue(policies)).Select(PolicyChoice.Parse)];
            Array.ForEach(choices, choice => Array.ForEach(names, name => choice.On(name)));
            Predictions predictions = PredictionsOf(names, simulation.PageCache);
            bool needsWeights = !simulation.TimingOnly || !names.All(SimulatedDevices.IsNamed);
            string path = needsWeights
                ? await ModelFiles.LocateAsync(result.GetRequiredValue(model), progress, null, cancellationToken).ConfigureAwait(false)
                : ModelFiles.LocateGraph(result.GetRequiredValue(model));
            var rows = new List<CompareRow>();
            foreach (string name in names)
            {
                await using IDevice device = DeviceRegistry.Open(
                    name, simulation, result.GetValue(asGpu) && !(names.Length > 1 && SimulatedDevices.IsNamed(name)));
                foreach ((PolicyChoice policy, long? budget) in Settings(choices, result.GetValue(budgets)))
                {
                    var options = new SessionOptions
                    {
                        Device = device,
                        Spec = predictions.SpecFor(device.Name),
                        Estimates = predictions.EstimatesFor(device.Name),
                        MoveMode = predictions.MoveModeFor(device.Name),
                        Plan = predictions.PlanFor(device.Name, policy.Plan, budget),
                        BudgetBytes = budget,
                        Pin = result.GetValue(pin)!,
                        LatencySlack = policy is { Plan: PlanPolicy.Overlap, Framework: null } ? result.GetValue(latencySlack) : null,
                        WeightType = CommonOptions.TypeOf(result.GetRequiredValue(weights)),
                        ActivationType = CommonOptions.TypeOf(result.GetRequiredValue(activations)),
                    };
                    rows.Add(await Measure(
                        path,
                        policy,
                        options,
                        result.GetValue(iterations),
                        result.GetValue(seed),
                        plan => predictions.Keep(device.Name, policy.Plan, budget, plan),
                        progress,
                        cancellationToken).ConfigureAwait(false));
                }
            }

            CompareView.Write(predictions.Rate(rows), result.GetValue(json));
            return 0;
        });
        return command;
    }

    private static Predictions PredictionsOf(string[] names, bool pageCache)
    {
        string[] twins = [.. names.Where(name => SimulatedDevices.Profile(name) is not null)];
        return twins.Length switch
        {
            0 when pageCache => throw new UsageException(
                "--page-cache chooses among a profile's figures; compare a device with its twin (sim:FILE of a profile)"),
            0 => new Predictions(null, null, pageCache),
            1 => new Predictions(twins[0], SimulatedDevices.Profile(twins[0]), pageCache),
            _ => throw new UsageException($"one comparison takes one twin of a measured device, not {string.Join(" and ", twins)}"),
        };
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IEnumerable<(PolicyChoice Policy, long? Budget)> Settings(PolicyChoice[] policies, string? budgets)
    {
        foreach (PolicyChoice policy in policies)
        {
            if (policy.Plan == PlanPolicy.Preload || budgets is null)
            {
                yield return (policy, null);
                continue;
            }

            foreach (string budget in Split(budgets))
            {
                yield return (policy, ByteSize.Parse(budget));
            }
        }
    }

    private static async Task<CompareRow> Measure(
        string path,
        PolicyChoice policy,
        SessionOptions options,
        int iterations,
        int seed,
        Action<OverlapPlan> planned,
        ProgressLine progress,
        CancellationToken cancellationToken)
    {
        try
        {
            await using StreamingSession session = await StreamingSession.LoadAsync(
                path, policy.For(options), new LoadProgressLine(progress), cancellationToken).ConfigureAwait(false);
            progress.Clear();
            planned(session.Plan);
            IReadOnlyDictionary<string, Tensor> tensors = ModelInputs.Create(session, [], seed);
            var runs = new PolicyRuns(policy, session, options.BudgetBytes);
            RunResult first = await runs.RunAsync(tensors, cancellationToken).ConfigureAwait(false);
            var reports = new List<RunReport>();
            for (int i = 0; i < iterations; i++)
            {
                reports.Add((await runs.RunAsync(tensors, cancellationToken).ConfigureAwait(false)).Report);
            }

            return new CompareRow(
                options.Device!.Name, policy.Name, options.BudgetBytes, first.Report, RunReport.Combine(reports), null)
            {
                TimeSources = SimulatedDevices.TimeSources(options.Device),
            };
        }
        catch (BudgetException refused)
        {
            return new CompareRow(
                options.Device!.Name, policy.Name, options.BudgetBytes, null, null, $"needs {ByteSize.Format(refused.SmallestBytes)}");
        }
    }
}
