using System.Diagnostics;
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
using Spectre.Console;

namespace FlashMem.Benchmarks.Planners;

/// <summary>
/// Every planner of policy overlap on every model of the zoo, for a simulated device under one budget: predicted repeated run, proved gap
/// and planning time. Plans are verified. Times are medians; posing the problem, which simulates kernels once, is not part of them.
/// </summary>
internal static class PlannersBenchmark
{
    private const string Device = "sim:oneplus-12";
    private const string Budget = "500MB";
    private const int Runs = 3;
    private static readonly string[] Solvers = ["greedy", "fast", "cpsat"];

    public static int Run(string[] args)
    {
        string? only = Option(args, "--only");
        long budget = ByteSize.Parse(Option(args, "--budget") ?? Budget);
        var table = new Table().Border(TableBorder.Markdown);
        table.AddColumns("model", "weights MB", "steps", "bound ms", "planner", "run ms", "gap %", "planning ms", "notes");
        foreach (string model in ZooModels.Names.Where(name => only is null || name == only))
        {
            PlanProblem problem = Pose(model, budget);
            OverlapPlan[] plans = [.. Solvers.Select(solver => Solve(problem, solver))];
            double bound = plans.Max(plan => plan.Bound!.Value);
            foreach (OverlapPlan plan in plans)
            {
                table.AddRow(
                    model,
                    Text("0", problem.StreamableBytes / 1e6),
                    $"{problem.Steps.Length}",
                    Text("0.0", bound),
                    Solvers[Array.IndexOf(plans, plan)],
                    Text("0.0", plan.RunMs),
                    Text("0.00", (plan.RunMs - bound) / plan.RunMs * 100),
                    Text("0", plan.SolveMs!.Value),
                    string.Join("; ", plan.Notes));
            }
        }

        Console.WriteLine($"{Device}, fp16, budget {budget} bytes; the gap is to the best bound that any of the planners proved");
        AnsiConsole.Console.Profile.Width = 250;
        AnsiConsole.Write(table);
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

    private static OverlapPlan Solve(PlanProblem problem, string solver)
    {
        OverlapPlan plan = PlanMaker.Make(problem, solver);
        int runs = solver == "cpsat" ? 1 : Runs;
        double[] times = [.. Enumerable.Range(0, runs).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            PlanMaker.Make(problem, solver);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        })];
        return plan with { SolveMs = Median.Of(times) };
    }

    private static string? Option(string[] args, string name) => args.SkipWhile(arg => arg != name).Skip(1).FirstOrDefault();

    private static string Text(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);
}
