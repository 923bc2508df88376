using System.Globalization;
using System.Text.Json;
using FlashMem.Benchmarks.Support;
using FlashMem.Graph.Zoo;
using FlashMem.Simulator.Frameworks;
using Spectre.Console;

namespace FlashMem.Benchmarks.Simulator;

/// <summary>
/// The simulated OnePlus 12 beside the paper's: integrated latency and mean memory of FlashMem, MNN and SmartMem on every model of the zoo,
/// with the ratio where the paper's figures are known. The same figures for all models: the preset and <c>Simulator/Frameworks/*.json</c>.
/// </summary>
internal static class CalibrationBenchmark
{
    private const string Device = "sim:oneplus-12";

    /// <param name="LatencyMs">Integrated latency.</param>
    /// <param name="MeanBytes">Mean memory, process included.</param>
    private sealed record Row(string Framework, double LatencyMs, double MeanBytes);

    public static int Run(string[] args)
    {
        string? only = args.SkipWhile(arg => arg != "--only").Skip(1).FirstOrDefault();
        string flashmem = FlashMemCommand.Publish();
        var table = new Table().Border(TableBorder.Markdown);
        table.AddColumns("model", "framework", "integrated ms", "paper", "ratio", "mean MB", "paper", "ratio");
        foreach (string model in ZooModels.Names.Where(name => only is null || name == only))
        {
            foreach (Row row in Replay(flashmem, model))
            {
                PaperFigures.Measured? paper = PaperFigures.All.GetValueOrDefault((model, row.Framework));
                double megabytes = row.MeanBytes / 1e6;
                table.AddRow(
                    model,
                    row.Framework,
                    Text(row.LatencyMs),
                    paper is null ? "" : Text(paper.LatencyMs),
                    paper is null ? "" : Ratio(row.LatencyMs / paper.LatencyMs),
                    Text(megabytes),
                    paper is null ? "" : Text(paper.MeanMegabytes),
                    paper is null ? "" : Ratio(megabytes / paper.MeanMegabytes));
            }
        }

        Console.WriteLine($"{Device}, fp16, each model once, cold; figures of the frameworks: Simulator/Frameworks");
        AnsiConsole.Console.Profile.Width = 160;
        AnsiConsole.Write(table);
        return 0;
    }

    private static IEnumerable<Row> Replay(string flashmem, string model)
    {
        JsonElement resident = Simulate(flashmem, [model, "--policy", "preload", "--warmup", "1"]);
        double kernelsMs = resident.GetProperty("time").GetProperty("medianMs").GetDouble();
        long weights = resident.GetProperty("weightBytes").GetInt64();
        long activations = resident.GetProperty("memory").GetProperty("peakByTier").GetProperty("activation").GetInt64();
        long rows = weights - resident.GetProperty("preloadedBytes").GetInt64();
        foreach (string name in FrameworkSpecs.Names)
        {
            FrameworkSpec framework = FrameworkSpecs.Load(name);
            if (framework.Preload is null)
            {
                yield return Stream(flashmem, model, framework, weights, rows, activations);
                continue;
            }

            PreloadReplay replay = PreloadReplay.Of(framework, weights, activations, kernelsMs);
            yield return new Row(name, replay.IntegratedMs, replay.MeanBytes);
        }
    }

    /// <summary>
    /// A plan on the simulated device, with the framework's pinned weights. We fetch embeddings by row; the paper preloads the first
    /// layer's weights, so they are read before the first kernel and stay.
    /// </summary>
    private static Row Stream(string flashmem, string model, FrameworkSpec framework, long weightBytes, long rowBytes, long activationBytes)
    {
        string[] pin = [.. framework.Pin.SelectMany(pattern => (string[])["--pin", pattern])];
        string[] settings = [.. framework.Device.SelectMany(change => (string[])["--set", Setting(change.Key, change.Value.Value)])];
        string[] slack = framework.LatencySlack is { } share ? ["--latency-slack", Text("R", share.Value)] : [];
        JsonElement resident = Simulate(flashmem, [model, "--policy", "preload", .. pin]).GetProperty("pinnedBytes");
        long pinned = resident.ValueKind == JsonValueKind.Null ? 0 : resident.GetInt64();
        long budget = activationBytes + pinned + (long)((weightBytes - pinned) * framework.BudgetShare!.Value);
        JsonElement streamed = Simulate(flashmem, [model, "--budget", Text("0", budget), .. pin, .. slack, .. settings]);
        double rowMs = rowBytes / framework.Device["storage.bandwidth"].Value * 1e3;
        double mean = streamed.GetProperty("memory").GetProperty("meanBytes").GetDouble();
        return new Row(
            framework.Name,
            streamed.GetProperty("time").GetProperty("integratedMs").GetDouble() + rowMs,
            framework.ProcessBytes.Value + rowBytes + mean - (activationBytes * (1 - framework.ActivationShare.Value)));
    }

    private static JsonElement Simulate(string flashmem, string[] arguments)
    {
        ChildProcess.Result result = ChildProcess.Run(
            flashmem, ["run", $"zoo:{arguments[0]}", .. arguments[1..], "--device", Device, "--timing-only", "--json"], null);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private static string Setting(string key, double value) => string.Create(CultureInfo.InvariantCulture, $"{key}={value:R}");

    private static string Text(double value) => Text("0", value);

    private static string Text(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
