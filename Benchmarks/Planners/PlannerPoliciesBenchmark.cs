using System.Globalization;
using FlashMem.Abstractions.Tensors;
using FlashMem.Benchmarks.Support;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Options;
using FlashMem.Cli.Policies;
using FlashMem.Graph.Zoo;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
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
    private const string LeastBudget = "overlap, least budget";
    private const string InKernel = "overlap, slack 5 %, moves in kernels";
    private const double Slack = 0.05;

    /// <summary>From one budget tried to the next.</summary>
    private const double BudgetStep = 1.15;

    private static readonly string[] Preloading = ["preload", "mnn", "smartmem"];
    private static readonly string[] Unplanned = ["next", "same-op"];

    public static async Task<int> RunAsync(string[] args)
    {
        string? only = Arguments.Option(args, "--only");
        long budget = ByteSize.Parse(Arguments.Option(args, "--budget") ?? Budget);
        ElementType activations = CommonOptions.TypeOf(Arguments.Option(args, "--activations") ?? ElementType.Float16.Precision());
        var times = new KernelTimesLibrary(SimulatedDevices.KernelTimesDirectory);
        Console.WriteLine($"{Device}, fp16 weights, {activations.Precision()} activations, budget {budget} bytes; policies that preload ignore it; "
            + "memory of tensors, in MB");
        Console.WriteLine("| model | policy | first run ms | of bound | mean MB | repeated ms | of bound | mean MB | peak MB |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|");
        var claims = new List<string>();
        foreach (string model in ZooModels.Names.Where(name => only is null || name == only))
        {
            using SimulatedModel simulated = await SimulatedModel.OpenAsync(model, Device, [], times, activations).ConfigureAwait(false);
            PolicyRow[] rows = await Simulate(simulated, budget).ConfigureAwait(false);
            claims.Add(Claims(rows, await simulated.FirstRunBoundAsync(budget).ConfigureAwait(false)));
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
        claims.ForEach(Console.WriteLine);

        return 0;
    }

    private static async Task<PolicyRow[]> Simulate(SimulatedModel simulated, long budget)
    {
        var rows = new List<PolicyRow>();
        foreach ((string name, string policy, Func<SessionOptions, SessionOptions> change) in Settings(budget))
        {
            rows.Add(await simulated.RunAsync(name, PolicyChoice.Parse(policy), change).ConfigureAwait(false));
        }

        if (await LeastBudgetAsync(simulated, budget).ConfigureAwait(false) is { } least)
        {
            rows.Insert(1, least);
        }

        return [.. rows];
    }

    /// <summary>The first budget from the smallest on whose first run takes at most 5 % more than its bound; null when none does.</summary>
    private static async Task<PolicyRow?> LeastBudgetAsync(SimulatedModel simulated, long most)
    {
        for (double budget = simulated.SmallestBytes; budget < most; budget *= BudgetStep)
        {
            long bytes = (long)budget;
            PolicyRow row = await simulated.RunAsync(
                LeastBudget, PolicyChoice.Parse(Overlap), options => options with { BudgetBytes = bytes }).ConfigureAwait(false);
            if (row.First.Bound.RatioToBound <= 1 + Slack)
            {
                return row;
            }
        }

        return null;
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

    /// <summary>A framework's stages have no bound of ours.</summary>
    private static string OfBound(PolicyRow row, RunReport report) => PolicyChoice.Find(row.Policy)?.Framework is not null
        ? "-"
        : report.Bound.RatioToBound!.Value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Claims(PolicyRow[] rows, double firstRunBoundMs)
    {
        PolicyRow fastest = Find(rows, Overlap);
        string memory = string.Join("; ", rows.Where(row => row.Policy is LeastBudget or LeastMemory).Select(row =>
            $"{row.Policy}: " + string.Join(", ", Preloading.Select(policy => string.Create(
                CultureInfo.InvariantCulture, $"{Find(rows, policy).FirstMeanBytes / row.FirstMeanBytes:0.0}x {policy}")))));
        string slower = string.Join(", ", Unplanned.Select(policy => string.Create(
            CultureInfo.InvariantCulture,
            $"{policy} {Find(rows, policy).FirstMs / fastest.FirstMs:0.00}x and "
            + $"{Find(rows, policy).Repeated.Time.MedianMs / fastest.Repeated.Time.MedianMs:0.00}x as long")));
        double lowerBoundMs = fastest.FirstMs / fastest.First.Bound.RatioToBound!.Value;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{fastest.First.Model}: mean memory of the first run below ({memory}); latency over max(storage, transfer, compute) "
            + $"{fastest.First.Bound.RatioToBound:0.000} (first; predicted for no plan under {firstRunBoundMs / lowerBoundMs:0.000}), "
            + $"{fastest.Repeated.Bound.RatioToBound:0.000} (repeated; its plan within {fastest.Plan.Gap * 100:0.00} % of the best); "
            + $"{slower} (first, repeated)");
    }

    private static PolicyRow Find(PolicyRow[] rows, string policy) => Array.Find(rows, row => row.Policy == policy)!;
}
