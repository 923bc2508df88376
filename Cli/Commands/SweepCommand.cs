using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;
using FlashMem.Cli.Sweeps;
using FlashMem.Simulator.Device;

namespace FlashMem.Cli.Commands;

/// <summary><c>flashmem sweep</c>: a grid of device figures x models x budgets x policies on simulated devices.</summary>
internal static class SweepCommand
{
    private const string StandardOutput = "-";

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = $"What to run (JSON, schema {SweepSpec.Schema})." };
        var output = new Option<string>("--output", "-o") { Description = "CSV file to write; - is standard output.", Required = true };
        var jobs = new Option<int>("--jobs", "-j")
        {
            Description = "Points that run at one time; by default as many as there are cores.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        Option<bool> quiet = CommonOptions.Quiet();
        Option<string?> json = CommonOptions.Json();
        var command = new Command(
            "sweep",
            CommonOptions.WithExample(
                "Asks what if: runs a grid of device figures, models, budgets and policies on simulated devices, a row of CSV per point.",
                "flashmem sweep docs/examples/texture-cache.sweep.json -o texture-cache.csv"))
        {
            file, output, jobs, quiet, json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            int threads = result.GetValue(jobs);
            string target = result.GetRequiredValue(output);
            string? jsonTarget = result.GetValue(json);
            if (threads < 1)
            {
                throw new UsageException($"--jobs is {threads}; it must be at least 1");
            }

            if (target == StandardOutput && jsonTarget is "")
            {
                throw new UsageException("-o - and --json both write to standard output; name a file for one of them");
            }

            SweepSpec spec = SweepReader.ReadFile(result.GetRequiredValue(file));
            ImmutableArray<SweepPoint> points = SweepGrid.Points(spec);
            ProgressLine progress = ProgressLine.ForTerminal(result.GetValue(quiet));
            List<SweepRow> rows = await RunAsync(spec, points, threads, target, jsonTarget, progress, cancellationToken)
                .ConfigureAwait(false);
            return Conclude(rows, target, jsonTarget is "" || target == StandardOutput ? TextWriter.Null : Console.Out);
        });
        return command;
    }

    private static async Task<List<SweepRow>> RunAsync(
        SweepSpec spec,
        ImmutableArray<SweepPoint> points,
        int threads,
        string target,
        string? jsonTarget,
        ProgressLine progress,
        CancellationToken cancellationToken)
    {
        var times = new KernelTimesLibrary(SimulatedDevices.KernelTimesDirectory);
        var runner = new SweepPointRunner(spec, times);
        var rows = new List<SweepRow>(points.Length);
        ImmutableArray<SweepColumn> columns = SweepColumn.Of(spec);
        try
        {
            await Parallel.ForEachAsync(
                spec.Devices.SelectMany(device => spec.Models.Select(model => (device, model))),
                new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken },
                async (pair, _) => await runner.ReadModelAsync(pair.model, pair.device).ConfigureAwait(false)).ConfigureAwait(false);

            await using Stream stream = target == StandardOutput ? Console.OpenStandardOutput() : File.Create(target);
            await using var text = new StreamWriter(stream, new UTF8Encoding(false));
            var table = new SweepCsvWriter(text, columns);
            var shown = new SweepProgress(progress, points.Length, TimeProvider.System);
            await new SweepRunner(points, threads, runner.RunAsync)
                .RunAsync(
                    row =>
                    {
                        table.Write(row);
                        rows.Add(row);
                    },
                    shown.Done,
                    cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            progress.Clear();
            times.Save();
            if (jsonTarget is not null)
            {
                JsonOutput.Write(jsonTarget, writer => SweepJson.Write(writer, columns, rows, points.Length));
            }
        }

        return rows;
    }

    /// <summary>Says how it went. Budgets that cannot work are answers; points that failed make the sweep fail.</summary>
    private static int Conclude(List<SweepRow> rows, string target, TextWriter people)
    {
        int infeasible = rows.Count(row => row.Outcome == SweepOutcome.Infeasible);
        SweepRow[] failed = [.. rows.Where(row => row.Outcome == SweepOutcome.Failed)];
        people.WriteLine($"{rows.Count} points written to {target}: {rows.Count - infeasible - failed.Length} ran, {infeasible} have a "
            + $"budget that cannot work, {failed.Length} failed");
        return failed.Length == 0
            ? 0
            : throw new RunFailedException($"{failed.Length} of {rows.Count} points failed, the first with {failed[0].Status}");
    }
}
