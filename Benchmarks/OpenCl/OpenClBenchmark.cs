using System.Globalization;
using System.Text.Json;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Benchmarks.Support;
using Spectre.Console;

namespace FlashMem.Benchmarks.OpenCl;

/// <summary>
/// FlashMem on an OpenCL driver for this machine's processors (PoCL), whole processes in turn with a plan, a weight file and compiled
/// programs made beforehand; beside it MNN's figures, which were measured elsewhere (<see cref="MnnFigures"/>).
/// </summary>
internal static class OpenClBenchmark
{
    private static readonly (string Model, string Budget)[] Settings =
        [("resnet50", "12MiB"), ("vit-base", "48MiB"), ("gptneo-small", "96MiB")];

    private sealed record Sample(double StartMs, double SteadyMs, double PeakMegabytes);

    public static int Run(string[] args)
    {
        if (Count(args, "--runs", 5) is not { } runs || Count(args, "--iterations", 10) is not { } iterations)
        {
            Console.Error.WriteLine("usage: opencl [--runs N] [--iterations N] [--only MODEL]; both counts are at least 1");
            return 2;
        }

        OpenClListing listing = OpenClPlatforms.List();
        if (listing.Devices.FirstOrDefault(device => device.Kind == OpenClDeviceKind.Cpu) is not { } device)
        {
            Console.Error.WriteLine($"no OpenCL driver for processors: {listing.Absence ?? "there are others only"}");
            return 5;
        }

        string? only = args.SkipWhile(arg => arg != "--only").Skip(1).FirstOrDefault();
        string flashmem = FlashMemCommand.Publish();
        string plans = Directory.CreateTempSubdirectory("flashmem-bench-").FullName;
        try
        {
            var table = new Table().Border(TableBorder.Markdown);
            table.AddColumns("model", "engine", "start to first result ms", "steady ms", "peak RSS MB");
            foreach ((string model, string budget) in Settings.Where(setting => only is null || setting.Model == only))
            {
                List<Sample> samples = Measure(flashmem, model, budget, device.CommandLineName, plans, runs, iterations);
                AddRows(table, model, budget, samples);
            }

            AnsiConsole.Profile.Width = 200;
            AnsiConsole.Write(table);
            Console.WriteLine($"{device.Describe()}");
            Console.WriteLine($"{runs} processes each: median (smallest-largest); steady: every process' median of {iterations} runs after one.");
            return 0;
        }
        finally
        {
            Directory.Delete(plans, recursive: true);
        }
    }

    private static int? Count(string[] args, string option, int standard)
    {
        if (!args.Contains(option))
        {
            return standard;
        }

        string? text = args.SkipWhile(arg => arg != option).Skip(1).FirstOrDefault();
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 1 ? count : null;
    }

    /// <summary>The first pair of processes compiles what the cache lacks and does not count.</summary>
    private static List<Sample> Measure(
        string flashmem, string model, string budget, string device, string plans, int runs, int iterations)
    {
        string plan = Path.Combine(plans, $"{model}.json");
        string zoo = "zoo:" + model;
        _ = ChildProcess.Run(flashmem, ["plan", zoo, "--device", device, "--budget", budget, "-o", plan], null);
        string[] run = ["run", zoo, "--device", device, "--plan", plan, "--json"];
        var samples = new List<Sample>();
        for (int i = 0; i <= runs; i++)
        {
            ChildProcess.Result once = ChildProcess.Run(flashmem, run, null);
            ChildProcess.Result many = ChildProcess.Run(flashmem, [.. run, "--warmup", "1", "--iterations", $"{iterations}"], null);
            if (i > 0)
            {
                samples.Add(SampleOf(once, many));
            }
        }

        return samples;
    }

    private static Sample SampleOf(ChildProcess.Result once, ChildProcess.Result many)
    {
        using JsonDocument first = JsonDocument.Parse(once.Output);
        using JsonDocument steady = JsonDocument.Parse(many.Output);
        return new Sample(
            once.FirstLineMs,
            steady.RootElement.GetProperty("time").GetProperty("medianMs").GetDouble(),
            Math.Max(Peak(first), Peak(steady)));

        static double Peak(JsonDocument run) =>
            run.RootElement.GetProperty("memory").GetProperty("processPeakRssBytes").GetInt64() / 1e6;
    }

    private static void AddRows(Table table, string model, string budget, List<Sample> samples)
    {
        double[] start = [.. samples.Select(sample => sample.StartMs)];
        double[] steady = [.. samples.Select(sample => sample.SteadyMs)];
        double[] peak = [.. samples.Select(sample => sample.PeakMegabytes)];
        MnnFigures mnn = MnnFigures.ByModel[model];
        table.AddRow(model, $"FlashMem, {budget}", Median.WithRange(start), Median.WithRange(steady), Median.WithRange(peak));
        table.AddRow("", $"MNN, {mnn.Network}", Whole(mnn.StartMs), Whole(mnn.SteadyMs), Whole(mnn.PeakRssMegabytes));
        table.AddRow(
            "",
            "FlashMem / MNN",
            Ratio(Median.Of(start) / mnn.StartMs),
            Ratio(Median.Of(steady) / mnn.SteadyMs),
            Ratio(Median.Of(peak) / mnn.PeakRssMegabytes));
    }

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static string Ratio(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
