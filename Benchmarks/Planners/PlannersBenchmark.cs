using System.Globalization;
using FlashMem.Abstractions.Tensors;
using FlashMem.Benchmarks.Support;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Graph.Zoo;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Simulator.Device;

namespace FlashMem.Benchmarks.Planners;

/// <summary>
/// Every planner of policy overlap on every model of the zoo, for a simulated device under one budget: predicted repeated run, proved gap
/// and planning time. Plans are verified. Posing the problem, which simulates kernels once, is not part of the times.
/// </summary>
internal static class PlannersBenchmark
{
    private const string Device = "sim:oneplus-12";
    private const string Budget = "500MB";
    private const int Runs = 4;
    private static readonly string[] Solvers = ["greedy", "fast", "cpsat"];

    public static int Run(string[] args)
    {
        string? only = Arguments.Option(args, "--only");
        long budget = ByteSize.Parse(Arguments.Option(args, "--budget") ?? Budget);
        Console.WriteLine($"{Device}, fp16, budget {budget} bytes; the gap is to the best bound that any of the planners proved");
        Console.WriteLine("| model | weights MB | steps | bound ms | planner | run ms | gap % | planning ms | notes |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (string model in ZooModels.Names.Where(name => only is null || name == only))
        {
            PlanProblem problem = Pose(model, budget);
            OverlapPlan[] plans = [.. Solvers.Select(solver => Solve(problem, solver))];
            double bound = plans.Max(plan => plan.Bound!.Value);
            for (int i = 0; i < plans.Length; i++)
            {
                OverlapPlan plan = plans[i];
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {model} | {problem.StreamableBytes / 1e6:0} | {problem.Steps.Length} | {bound:0.0} | {Solvers[i]} | {plan.RunMs:0.0} "
                    + $"| {(plan.RunMs - bound) / plan.RunMs * 100:0.00} | {plan.SolveMs:0} | {string.Join("; ", plan.Notes)} |"));
            }
        }

        return 0;
    }

    private static PlanProblem Pose(string model, long budget)
    {
        SimulatedDevice device = SimulatedDevices.OpenTimingOnly(
            Device, SimulatedDevices.Spec(Device, []), new KernelTimesLibrary(SimulatedDevices.KernelTimesDirectory));
        using LocatedModel located = ModelLocator.CompileGraph(
            ModelFiles.LocateGraph($"zoo:{model}"), ElementType.Float16, device.Capabilities, PlanOptions.DefaultChunkBytes);
        return PlanProblem.Create(
            located.Graph,
            located.Layout,
            ActivationLayout.Compute(located.Graph),
            device.Spec,
            device.Capabilities,
            new PlanOptions { BudgetBytes = budget },
            device.Estimates);
    }

    /// <summary>A verified plan and the time it took: the median of a few, after one that warms up; of CP-SAT the only one.</summary>
    private static OverlapPlan Solve(PlanProblem problem, string solver)
    {
        int runs = solver == "cpsat" ? 1 : Runs;
        OverlapPlan[] plans = [.. Enumerable.Range(0, runs).Select(_ => PlanMaker.Make(problem, solver, TimeProvider.System))];
        return plans[0] with { SolveMs = Median.Of(plans.Skip(runs > 1 ? 1 : 0).Select(plan => plan.SolveMs!.Value)) };
    }
}
