using System.Collections.Immutable;
using System.CommandLine;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Verdicts;

namespace FlashMem.Cli.Commands;

/// <summary>
/// <c>flashmem plan</c>: makes and verifies an overlap plan, writes it to a file and says whether streaming can pay; or, with
/// <c>--pareto</c>, what memory buys over all budgets.
/// </summary>
internal static class PlanCommand
{
    private const int DefaultPoints = 12;

    public static Command Create()
    {
        var shared = new SessionArguments();
        var output = new Option<string?>("--output", "-o") { Description = "Plan file to write; with --pareto the picture (SVG)." };
        var pareto = new Option<bool>("--pareto")
        {
            Description = "Plan for budgets from the smallest that works to everything resident; the budget is left out.",
        };
        var points = new Option<int>("--points") { Description = "Budgets of --pareto.", DefaultValueFactory = _ => DefaultPoints };
        Option<string?> json = CommonOptions.Json();
        var command = new Command(
            "plan",
            CommonOptions.WithExample("Makes and verifies an overlap plan.", "flashmem plan zoo:vit-base --budget 64MiB -o vit.plan.json"))
        {
            output, pareto, points, json,
        };
        shared.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            shared.RequirePlan(result, "there is nothing to write");
            await using IDevice device = shared.OpenDevice(result);
            string? file = result.GetValue(output);
            if (result.GetValue(pareto))
            {
                Pareto(shared, result, device, result.GetValue(points), file, result.GetValue(json));
                return 0;
            }

            if (file is null)
            {
                throw new UsageException("option --output (-o) says where the plan goes; only --pareto can do without");
            }

            await PlanOne(shared, result, device, file, result.GetValue(json), cancellationToken).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    private static async Task PlanOne(
        SessionArguments shared, ParseResult result, IDevice device, string file, string? json, CancellationToken cancellationToken)
    {
        SessionOptions options = shared.Options(result, device, null);
        OverlapPlan plan;
        string? kernelTimes;
        await using (StreamingSession session = await shared.LoadAsync(result, options, cancellationToken).ConfigureAwait(false))
        {
            plan = session.Plan;
            kernelTimes = ProfileEstimates.Describe(options);
        }

        await using (FileStream stream = File.Create(file))
        {
            PlanJson.Write(stream, plan);
        }

        StreamingVerdict? verdict = plan.BudgetBytes is null ? null : Judge(shared, result, options, plan);
        if (json is not null)
        {
            VerdictView.WriteJson(json, plan, verdict ?? throw new UsageException("--json states the verdict on a budget; give one"));
        }

        if (json is "")
        {
            return;
        }

        PlanView.Write(plan, kernelTimes, Console.Out);
        if (verdict is not null)
        {
            VerdictView.Write(verdict, Console.Out);
        }

        Console.WriteLine($"  {"written to",-14} {file}");
    }

    private static StreamingVerdict Judge(SessionArguments shared, ParseResult result, SessionOptions options, OverlapPlan plan)
    {
        using BudgetStudy study = shared.Study(result, options);
        return VerdictMaker.Of(
            plan, study.PoseAs(plan), budget => study.Pose(budget), Math.Min(study.SmallestBytes, plan.BudgetBytes!.Value));
    }

    private static void Pareto(
        SessionArguments shared, ParseResult result, IDevice device, int points, string? file, string? json)
    {
        if (shared.Budget(result) is not null || points < 2)
        {
            throw new UsageException("--pareto goes through budgets itself: leave --budget out and take at least 2 --points");
        }

        SessionOptions options = shared.Options(result, device, null);
        using BudgetStudy study = shared.Study(result, options);
        ImmutableArray<OverlapPlan> plans = MemoryLatencyCurve.Of(
            budget => study.Pose(budget), study.SmallestBytes, study.ResidentBytes, points, options.Solver);
        double residentMs = VerdictMaker.ResidentMs(study.Pose(null));
        if (json is not null)
        {
            CurveView.WriteJson(json, study.ModelName, plans, residentMs, study.ResidentBytes);
        }

        if (json is not "")
        {
            CurveView.Write(plans, residentMs);
        }

        if (file is not null)
        {
            CurveView.Plot(file, study.ModelName, plans, residentMs);
        }
    }
}
