using System.Globalization;
using FlashMem.Abstractions.Tensors;
using FlashMem.Benchmarks.Support;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Cli.Policies;
using FlashMem.Graph.Zoo;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Simulator.Device;

namespace FlashMem.Benchmarks.Planners;

/// <summary>
/// Every policy on every model of the zoo, simulated: latency and mean memory of a first and a repeated run, overlap with its bound beside
/// it, and what the objective and moves inside kernels change. Then what is true of the claims: memory against the policies that
/// preload, latency against the bound, and policies that plan nothing.
/// </summary>
internal static class PlannerPoliciesBenchmark
{
    private const string Device = "sim:oneplus-12";
    private const string Budget = "500MB";
    private const string Overlap = "overlap";
    private const string LeastMemory = "overlap, slack 5 %";
    private const string InKernel = "overlap, slack 5 %, moves in kernels";
    private const double Slack = 0.05;

    private static readonly string[] Preloading = ["preload", "mnn", "smartmem"];
    private static readonly string[] Unplanned = ["next", "same-op"];

    public static async Task<int> RunAsync(string[] args)
    {
        string? only = Arguments.Option(args, "--only");
        long budget = ByteSize.Parse(Arguments.Option(args, "--budget") ?? Budget);
        var times = new KernelTimesLibrary(SimulatedDevices.KernelTimesDirectory);
        Console.WriteLine($"{Device}, fp16, budget {budget} bytes; policies that preload ignore it; memory of tensors, in MB");
        Console.WriteLine("| model | policy | first run ms | of bound | mean MB | repeated ms | of bound | mean MB | peak MB |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|");
        var models = new List<PolicyRow[]>();
        foreach (string model in ZooModels.Names.Where(name => only is null || name == only))
        {
            PolicyRow[] rows = await Simulate(model, budget, times).ConfigureAwait(false);
            models.Add(rows);
            foreach (PolicyRow row in rows)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {model} | {row.Policy} | {row.FirstMs:0.0} | {OfBound(row, row.First)} | {row.FirstMeanBytes / 1e6:0} "
                    + $"| {row.Repeated.Time.MedianMs:0.0} | {OfBound(row, row.Repeated)} "
                    + $"| {row.Repeated.Memory.MeanBytes!.Value / 1e6:0} | {row.First.Memory.PeakBytes / 1e6:0} |"));
            }
        }

        Console.WriteLine();
        foreach (PolicyRow[] rows in models)
        {
            Console.WriteLine(Claims(rows));
        }

        return 0;
    }

    private static async Task<PolicyRow[]> Simulate(string model, long budget, KernelTimesLibrary times)
    {
        string path = ModelFiles.LocateGraph($"zoo:{model}");
        await using SimulatedDevice opened = SimulatedDevices.OpenTimingOnly(Device, SimulatedDevices.Spec(Device, []), times);
        using LocatedModel located = ModelLocator.LocateGraph(
            path, ElementType.Float16, opened.Capabilities, PlanOptions.DefaultChunkBytes);
        var rows = new List<PolicyRow>();
        foreach ((string name, string policy, Func<SessionOptions, SessionOptions> change) in Settings(budget))
        {
            rows.Add(await Simulate(name, PolicyChoice.Parse(policy), path, located, change, times).ConfigureAwait(false));
        }

        return [.. rows];
    }

    private static IEnumerable<(string Name, string Policy, Func<SessionOptions, SessionOptions> Change)> Settings(long budget)
    {
        SessionOptions Within(SessionOptions options) => options with { BudgetBytes = budget };
        SessionOptions Least(SessionOptions options) => Within(options) with { LatencySlack = Slack };
        yield return (Overlap, Overlap, Within);
        yield return (LeastMemory, Overlap, Least);
        yield return (InKernel, Overlap, options => Least(options) with { MoveMode = MoveMode.InKernel });
        foreach (string policy in Unplanned)
        {
            yield return (policy, policy, Within);
        }

        foreach (string policy in Preloading)
        {
            yield return (policy, policy, options => options);
        }
    }

    private static async Task<PolicyRow> Simulate(
        string name,
        PolicyChoice policy,
        string path,
        LocatedModel located,
        Func<SessionOptions, SessionOptions> change,
        KernelTimesLibrary times)
    {
        await using SimulatedDevice device = SimulatedDevices.OpenTimingOnly(Device, SimulatedDevices.Spec(Device, []), times);
        SessionOptions options = policy.For(change(new SessionOptions { Device = device, Located = located }));
        await using StreamingSession session = await StreamingSession.LoadAsync(path, options).ConfigureAwait(false);
        IReadOnlyDictionary<string, Tensor> inputs = ModelInputs.Create(session, [], seed: 1);
        var runs = new PolicyRuns(policy, session, budgetBytes: null);
        RunResult first = await runs.RunAsync(inputs, CancellationToken.None).ConfigureAwait(false);
        RunResult repeated = await runs.RunAsync(inputs, CancellationToken.None).ConfigureAwait(false);
        return new PolicyRow(name, first.Report, repeated.Report);
    }

    /// <summary>A framework's stages have no bound of ours.</summary>
    private static string OfBound(PolicyRow row, RunReport report) => PolicyChoice.Find(row.Policy)?.Framework is not null
        ? "-"
        : report.Bound.RatioToBound!.Value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Claims(PolicyRow[] rows)
    {
        PolicyRow fastest = Find(rows, Overlap);
        PolicyRow least = Find(rows, LeastMemory);
        string memory = string.Join(", ", Preloading.Select(policy => string.Create(
            CultureInfo.InvariantCulture, $"{Find(rows, policy).FirstMeanBytes / least.FirstMeanBytes:0.0}x {policy}")));
        string slower = string.Join(", ", Unplanned.Select(policy => string.Create(
            CultureInfo.InvariantCulture,
            $"{policy} {Find(rows, policy).FirstMs / fastest.FirstMs:0.00}x and "
            + $"{Find(rows, policy).Repeated.Time.MedianMs / fastest.Repeated.Time.MedianMs:0.00}x as long")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{fastest.First.Model}: mean memory of the first run {memory}; latency over its bound "
            + $"{fastest.First.Bound.RatioToBound:0.000} (first), {fastest.Repeated.Bound.RatioToBound:0.000} (repeated); {slower} (first, repeated)");
    }

    private static PolicyRow Find(PolicyRow[] rows, string policy) => Array.Find(rows, row => row.Policy == policy)!;
}
