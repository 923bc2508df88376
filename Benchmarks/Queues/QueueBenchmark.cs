using System.Globalization;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Benchmarks.Support;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;
using FlashMem.Cli.Rendering.Plots;
using FlashMem.Runtime.Queues;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Benchmarks.Queues;

/// <summary>
/// The paper's queue of five models in random order: FlashMem under a budget, with and without loading under the tail, beside models that
/// are loaded whole, run and freed. One table, and a picture of memory in use over time.
/// </summary>
internal static class QueueBenchmark
{
    private const string DefaultDevice = "sim:oneplus-12";
    private const string DefaultBudget = "1500MB";
    private const int DefaultIterations = 10;
    private const int Seed = 1;
    private static readonly string[] Models = ["depth-anything-large", "sd15-unet", "vit-base", "gptneo-1.3b", "whisper-medium"];

    private static readonly (string Name, PlanPolicy Policy, HandoverMode Handover)[] Rows =
    [
        ("FlashMem", PlanPolicy.Overlap, HandoverMode.Tail),
        ("FlashMem, one model at a time", PlanPolicy.Overlap, HandoverMode.None),
        ("preload", PlanPolicy.Preload, HandoverMode.None),
    ];

    /// <param name="args">Options with their values, and behind them a folder for the picture.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        string name = Arguments.Option(args, "--device") ?? DefaultDevice;
        long budget = ByteSize.Parse(Arguments.Option(args, "--budget") ?? DefaultBudget);
        int iterations = int.Parse(Arguments.Option(args, "--iterations") ?? $"{DefaultIterations}", CultureInfo.InvariantCulture);
        int[] requests = QueueOrder.Random.Requests([.. Enumerable.Range(0, Models.Length)], iterations, Seed);
        Console.WriteLine(
            $"{name}: {requests.Length} requests to {string.Join(", ", Models)}, {iterations} to each, random order of seed {Seed}; "
            + $"budget {budget} bytes, none for preload");
        Console.WriteLine(
            "| policy | total s | planned s | peak MB planned | allocated | in use | mean in use "
            + "| kernels s | storage s | longest sum s |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        var curves = new List<(string Name, QueueResult Result)>();
        foreach ((string label, PlanPolicy policy, HandoverMode handover) in Rows)
        {
            long? limit = policy == PlanPolicy.Preload ? null : budget;
            QueueResult result = await ServeAsync(name, requests, policy, handover, limit).ConfigureAwait(false);
            Print(label, result.Report);
            curves.Add((label, result));
        }

        if (args.Length % 2 == 1)
        {
            string folder = args[^1];
            string file = Path.Combine(folder, $"queue-{name.Replace("sim:", "", StringComparison.Ordinal)}.svg");
            Draw(file, name, curves, budget);
            Console.WriteLine(file);
        }

        return 0;
    }

    private static async Task<QueueResult> ServeAsync(string name, int[] requests, PlanPolicy policy, HandoverMode handover, long? budget)
    {
        bool isSimulated = SimulatedDevices.IsNamed(name);
        SimulationSettings simulation = new SimulationSettings(isSimulated, [], []).For(name);
        await using IDevice device = DeviceRegistry.Open(name, simulation, asGpu: false);
        var options = new ModelQueueOptions
        {
            Session = new SessionOptions { Device = device, BudgetBytes = budget, Policy = policy },
            Handover = handover,
        };
        var paths = new List<string>();
        ProgressLine quiet = ProgressLine.ForTerminal(quiet: true);
        foreach (string model in Models)
        {
            paths.Add(isSimulated
                ? ModelFiles.LocateGraph($"zoo:{model}")
                : await ModelFiles.LocateAsync($"zoo:{model}", quiet, null, CancellationToken.None).ConfigureAwait(false));
        }

        await using ModelQueue queue = await ModelQueue.LoadAsync(paths, requests, options).ConfigureAwait(false);
        return await queue.RunAsync([.. queue.InputMetadata.Select(inputs => ModelInputs.Random(inputs, Seed))]).ConfigureAwait(false);
    }

    private static void Print(string label, QueueReport report)
    {
        QueueMemoryFigures memory = report.Memory;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {label} | {report.TotalMs / 1e3:0.0} | {report.PlannedTotalMs / 1e3:0.0} | {memory.Planned.Bytes / 1e6:0} "
            + $"| {memory.Allocated.Bytes / 1e6:0} | {memory.InUse.Bytes / 1e6:0} | {memory.MeanInUseBytes / 1e6:0} "
            + $"| {report.ComputeBusyMs / 1e3:0.0} | {report.StorageBusyMs / 1e3:0.0} | {report.Bound.LowerBoundMs / 1e3:0.0} |"));
        foreach (string note in report.Notes)
        {
            Console.WriteLine($"note: {note}");
        }
    }

    private static void Draw(string file, string device, List<(string Name, QueueResult Result)> curves, long budget)
    {
        // Both axes have four ticks; whole numbers read best.
        double seconds = Math.Ceiling(curves.Max(curve => curve.Result.Report.TotalMs) / 1e3 / 20) * 20;
        double gigabytes = Math.Ceiling(curves.Max(curve => curve.Result.Report.Memory.InUse.Bytes) / 1e9 / 4) * 4;
        int requests = curves[0].Result.Report.Requests.Length;
        var plot = new CurvePlot(
            $"{device}: GB in use over seconds, {requests} requests to {Models.Length} models; dashed: the budget",
            new PlotAxis(0, seconds, IsLogarithmic: false), gigabytes);
        foreach ((string name, QueueResult result) in (IEnumerable<(string, QueueResult)>)[curves[^1], curves[0]])
        {
            DeviceTime origin = result.Trace.Events.Where(e => e.Lane == TraceLane.Request).Min(e => e.Start);
            plot.Add(name, MemoryCurve.Of(result.Trace.Residency, origin, seconds));
        }

        plot.AddLimit(budget / 1e9);
        plot.Write(file);
    }

    private static string? Option(string[] args, string name) =>
        Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}
