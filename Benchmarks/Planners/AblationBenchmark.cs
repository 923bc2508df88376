using System.Globalization;
using FlashMem.Benchmarks.Support;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Options;
using FlashMem.Cli.Policies;
using FlashMem.Graph.Zoo;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Fusion;
using FlashMem.Scheduling.Plans;
using FlashMem.Simulator.Device;

namespace FlashMem.Benchmarks.Planners;

/// <summary>
/// What each part adds, simulated: the planner alone, with moves inside kernels, and with fusion decided by the plan. Fusion comes last
/// because it serves moves inside kernels: without them no kernel has a capacity that could lack.
/// </summary>
internal static class AblationBenchmark
{
    private const string Device = "sim:oneplus-12";
    private const string Budget = "500MB";

    private static readonly (string Name, MoveMode Moves, FusionMode Fusion)[] Parts =
    [
        ("planner", MoveMode.CopyQueue, FusionMode.Fixed),
        ("+ moves in kernels", MoveMode.InKernel, FusionMode.Fixed),
        ("+ adaptive fusion", MoveMode.InKernel, FusionMode.Adaptive),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        string? only = Arguments.Option(args, "--only");
        long budget = ByteSize.Parse(Arguments.Option(args, "--budget") ?? Budget);
        string device = Arguments.Option(args, "--device") ?? Device;
        string[] set = Arguments.Options(args, "--set");
        var times = new KernelTimesLibrary(SimulatedDevices.KernelTimesDirectory);
        Console.WriteLine($"{device} {string.Join(' ', set)}, fp16, budget {budget} bytes");
        Console.WriteLine("| model | parts | first run ms | mean MB | repeated ms | mean MB | moved in kernels MB | kernels split |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|");
        foreach (string model in ZooModels.Names.Where(name => only is null || name == only))
        {
            using SimulatedModel simulated = await SimulatedModel.OpenAsync(model, device, set, times).ConfigureAwait(false);
            foreach ((string name, MoveMode moves, FusionMode fusion) in Parts)
            {
                PolicyRow row = await simulated.RunAsync(name, PolicyChoice.Parse("overlap"), options => options with
                {
                    BudgetBytes = budget, MoveMode = moves, Fusion = fusion,
                }).ConfigureAwait(false);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {model} | {row.Policy} | {row.FirstMs:0.0} | {row.FirstMeanBytes / 1e6:0} | {row.Repeated.Time.MedianMs:0.0} "
                    + $"| {row.Repeated.Memory.MeanBytes!.Value / 1e6:0} | {CarriedChunks(row.Plan) * row.Plan.ChunkBytes / 1e6:0} "
                    + $"| {row.Plan.SplitKernels.Length} |"));
            }
        }

        return 0;
    }

    /// <summary>Chunks, about as large as the plan says, that kernels move in a run.</summary>
    private static int CarriedChunks(OverlapPlan plan) =>
        plan.Steps.Sum(step => step.Moves.Where(move => move.Mode == MoveMode.InKernel).Sum(move => move.Count));
}
