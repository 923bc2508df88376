using System.Globalization;
using System.Text.Json;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Benchmarks.Support;
using Spectre.Console;

namespace FlashMem.Benchmarks.OpenCl;

/// <summary>
/// FlashMem on an OpenCL driver for this machine's processors (PoCL), whole processes in turn with a plan, a weight file and compiled
/// programs made beforehand; beside it MNN, in turn with it where a folder holds a driver (<see cref="MnnDriver"/>), else its figures from
/// another machine (<see cref="MnnFigures"/>).
/// </summary>
internal static class OpenClBenchmark
{
    private static readonly (string Model, string Budget)[] Settings =
        [("resnet50", "12MiB"), ("vit-base", "48MiB"), ("gptneo-small", "96MiB")];

    public static int Run(string[] args)
    {
        if (Count(args, "--runs", 5) is not { } runs || Count(args, "--iterations", 10) is not { } iterations)
        {
            Console.Error.WriteLine("usage: opencl [--runs N] [--iterations N] [--only MODEL] [--mnn FOLDER]; both counts are at least 1");
            return 2;
        }

        OpenClListing listing = OpenClPlatforms.List();
        if (listing.Devices.FirstOrDefault(device => device.Kind == OpenClDeviceKind.Cpu) is not { } device)
        {
            Console.Error.WriteLine($"no OpenCL driver for processors: {listing.Absence ?? "there are others only"}");
            return 5;
        }

        string? only = Arguments.Option(args, "--only");
        MnnDriver? mnn = Arguments.Option(args, "--mnn") is { } folder ? new MnnDriver(folder) : null;
        string flashmem = FlashMemCommand.Publish();
        string plans = Directory.CreateTempSubdirectory("flashmem-bench-").FullName;
        try
        {
            var table = new Table().Border(TableBorder.Markdown);
            table.AddColumns("model", "engine", "start to first result ms", "steady ms", "peak RSS MB");
            foreach ((string model, string budget) in Settings.Where(setting => only is null || setting.Model == only))
            {
                string plan = Path.Combine(plans, $"{model}.json");
                _ = ChildProcess.Run(
                    flashmem, ["plan", "zoo:" + model, "--device", device.CommandLineName, "--budget", budget, "-o", plan], null);
                AddRows(table, model, budget, Measure(flashmem, model, device.CommandLineName, plan, mnn, runs, iterations));
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

        return int.TryParse(Arguments.Option(args, option), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 1
            ? count
            : null;
    }

    /// <summary>FlashMem first, then MNN's settings, in turn. The first round fills caches and does not count.</summary>
    private static EngineSamples[] Measure(
        string flashmem, string model, string device, string plan, MnnDriver? mnn, int runs, int iterations)
    {
        string[] run = ["run", "zoo:" + model, "--device", device, "--plan", plan, "--json"];
        EngineSamples[] engines = [[], .. mnn is null ? [] : MnnDriver.Modes.Select(_ => new EngineSamples())];
        for (int i = 0; i <= runs; i++)
        {
            EngineSample[] samples =
            [
                SampleOf(
                    ChildProcess.Run(flashmem, run, null),
                    ChildProcess.Run(flashmem, [.. run, "--warmup", "1", "--iterations", $"{iterations}"], null)),
                .. mnn is null ? [] : MnnDriver.Modes.Select(mode => mnn.Measure(model, mode, iterations)),
            ];
            for (int engine = 0; i > 0 && engine < samples.Length; engine++)
            {
                engines[engine].Add(samples[engine]);
            }
        }

        return engines;
    }

    private static EngineSample SampleOf(ChildProcess.Result once, ChildProcess.Result many)
    {
        using JsonDocument first = JsonDocument.Parse(once.Output);
        using JsonDocument steady = JsonDocument.Parse(many.Output);
        return new EngineSample(
            once.FirstLineMs,
            steady.RootElement.GetProperty("time").GetProperty("medianMs").GetDouble(),
            Math.Max(Peak(first), Peak(steady)));

        static double Peak(JsonDocument run) =>
            run.RootElement.GetProperty("memory").GetProperty("processPeakRssBytes").GetInt64() / 1e6;
    }

    private static void AddRows(Table table, string model, string budget, EngineSamples[] engines)
    {
        EngineSamples flashmem = engines[0];
        EngineSamples[] mnn = engines[1..];
        MnnFigures elsewhere = MnnFigures.ByModel[model];
        double[] start = mnn is [] ? [elsewhere.StartMs] : EngineSamples.Least(mnn, setting => setting.StartMs);
        double[] steady = mnn is [] ? [elsewhere.SteadyMs] : EngineSamples.Least(mnn, setting => setting.SteadyMs);
        double[] peak = mnn is [] ? [elsewhere.PeakRssMegabytes] : EngineSamples.Least(mnn, setting => setting.PeakMegabytes);
        table.AddRow(
            model,
            $"FlashMem, {budget}",
            Median.WithRange(flashmem.StartMs),
            Median.WithRange(flashmem.SteadyMs),
            Median.WithRange(flashmem.PeakMegabytes));
        table.AddRow(
            "",
            mnn is [] ? $"MNN elsewhere, {elsewhere.Network}" : "MNN here, the better setting of each figure",
            Median.WithRange(start),
            Median.WithRange(steady),
            Median.WithRange(peak));
        table.AddRow(
            "",
            "FlashMem / MNN",
            Ratio(Median.Of(flashmem.StartMs) / Median.Of(start)),
            Ratio(Median.Of(flashmem.SteadyMs) / Median.Of(steady)),
            Ratio(Median.Of(flashmem.PeakMegabytes) / Median.Of(peak)));
    }

    private static string Ratio(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
