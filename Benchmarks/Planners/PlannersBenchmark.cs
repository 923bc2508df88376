using System.Diagnostics;
using FlashMem.Abstractions.Tensors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Graph.Zoo;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Simulator.Device;

namespace FlashMem.Benchmarks.Planners;

internal static class PlannersBenchmark
{
    public static async Task<int> RunAsync(string[] args)
    {
        string? only = args.SkipWhile(arg => arg != "--only").Skip(1).FirstOrDefault();
        long budget = long.Parse(args.SkipWhile(arg => arg != "--budget").Skip(1).FirstOrDefault() ?? "500000000");
        foreach (string model in ZooModels.Names.Where(name => only is null || name == only))
        {
            await using var device = (SimulatedDevice)SimulatedDevices.Open("sim:oneplus-12", new SimulationSettings(true, []));
            long t0 = Stopwatch.GetTimestamp();
            LocatedModel located = ModelLocator.CompileGraph(
                ModelFiles.LocateGraph("zoo:" + model), ElementType.Float16, device.Capabilities, PlanOptions.DefaultChunkBytes);
            long t1 = Stopwatch.GetTimestamp();
            PlanProblem problem = PlanProblem.Create(
                located.Graph, located.Layout, ActivationLayout.Compute(located.Graph), device.Spec, device.Capabilities,
                new PlanOptions { BudgetBytes = budget }, device.Estimates);
            long t2 = Stopwatch.GetTimestamp();
            OverlapPlan greedy = PlanMaker.Make(problem);
            long t3 = Stopwatch.GetTimestamp();
            OverlapPlan fast = PlanMaker.Make(problem, "fast");
            long t4 = Stopwatch.GetTimestamp();
            LatencyBound.Of(problem);
            long t5 = Stopwatch.GetTimestamp();
            Console.WriteLine($"{model} pose {Ms(t1, t2):0} | bound {fast.Bound:0.0} {Ms(t4, t5):0} ms | greedy {greedy.RunMs:0.0} {greedy.Gap:P2} {Ms(t2, t3):0} ms | fast {fast.RunMs:0.0} {fast.Gap:P2} {Ms(t3, t4):0} ms");
            Console.WriteLine($"   greedy kept {Kept(problem, greedy):0} staging {greedy.UnifiedArenaBytes / 1e6:0} tex {greedy.TextureArenaBytes / 1e6:0} tab {greedy.TableArenaBytes / 1e6:0}");
            Console.WriteLine($"   fast kept {Kept(problem, fast):0} staging {fast.UnifiedArenaBytes / 1e6:0} tex {fast.TextureArenaBytes / 1e6:0} tab {fast.TableArenaBytes / 1e6:0}");
        }

        return 0;
    }

    private static double Kept(PlanProblem problem, OverlapPlan plan) => plan.Retained.Sum(c => problem.Chunks[c].SlotBytes) / 1e6;

    private static double Ms(long a, long b) => Stopwatch.GetElapsedTime(a, b).TotalMilliseconds;
}
