using System.Globalization;
using System.Text.Json;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Benchmarks.Support;
using FlashMem.Graph.Zoo;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Packing;
using FlashMem.Runtime.Storage;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Problem;
using Spectre.Console;

namespace FlashMem.Benchmarks.OnnxRuntime;

/// <summary>
/// FlashMem and ONNX Runtime (CPU, 2 threads) on the same files, whole processes in turn: A B A B, medians with their range.
/// Both process starts are timed from outside. FlashMem runs its released command with a plan and a weight file made beforehand.
/// </summary>
internal static class ComparisonBenchmark
{
    private static readonly DeviceCapabilities Host = new() { ZeroCopy = true, PanelWidth = 32, WorkspaceBytes = 0 };

    /// <param name="Cached">File states to measure: true with the files in the page cache, false evicted from it.</param>
    private sealed record Setting(string Model, string Budget, string OrtMode, int Iterations, params bool[] Cached);

    private sealed record Sample(double StartMs, double SteadyMs, ProcessMemory Memory);

    private static readonly Dictionary<string, Setting[]> Suites = new()
    {
        ["small"] =
        [
            new("resnet50", "36MiB", "default", 20, true, false),
            new("vit-base", "96MiB", "default", 10, true, false),
            new("gptneo-small", "160MiB", "default", 10, true, false),
        ],
        ["large"] = [new("gptneo-1.3b", "256MiB", "default", 2, true), new("gptneo-1.3b", "256MiB", "mapped", 2, true)],
        ["limited"] = [new("gptneo-1.3b", "256MiB", "mapped, no folding", 1, false)],
    };

    public static async Task<int> RunAsync(string[] args)
    {
        string suite = args.FirstOrDefault() ?? "small";
        int runs = args.SkipWhile(arg => arg != "--runs").Skip(1).Select(int.Parse).FirstOrDefault(5);
        string? only = args.SkipWhile(arg => arg != "--only").Skip(1).FirstOrDefault();
        string? group = args.SkipWhile(arg => arg != "--cgroup").Skip(1).FirstOrDefault();
        if (!Suites.TryGetValue(suite, out Setting[]? settings) || (suite == "limited" && group is null))
        {
            await Console.Error.WriteLineAsync(
                "usage: onnxruntime [small|large|limited] [--runs N] [--only MODEL] [--cgroup FOLDER]; 'limited' needs a memory control group's folder")
                .ConfigureAwait(false);
            return 2;
        }

        string flashmem = FlashMemCommand.Publish();
        string plans = Directory.CreateTempSubdirectory("flashmem-bench-").FullName;
        try
        {
            var table = new Table().Border(TableBorder.Markdown);
            table.AddColumns("model", "engine", "page cache: start to outputs ms", "evicted: start to outputs ms", "steady ms",
                "peak RSS MB", "anonymous MB", "file MB");
            foreach (Setting setting in settings.Where(setting => only is null || setting.Model == only))
            {
                foreach (string[] row in await Measure(setting, flashmem, plans, runs, group).ConfigureAwait(false))
                {
                    table.AddRow(row);
                }
            }

            AnsiConsole.Profile.Width = 200;
            AnsiConsole.Write(table);
            return 0;
        }
        finally
        {
            Directory.Delete(plans, recursive: true);
        }
    }

    private static async Task<string[][]> Measure(Setting setting, string flashmem, string plans, int runs, string? group)
    {
        string plan = Path.Combine(plans, $"{setting.Model}.json");
        string zoo = "zoo:" + setting.Model;
        _ = ChildProcess.Run(flashmem, ["plan", zoo, "--budget", setting.Budget, "-o", plan], null);
        string folder = Path.Combine(CacheDirectory.Default, "zoo");
        string onnx = await ZooModels.MakeAsync(setting.Model, folder, null, default).ConfigureAwait(false);
        string weights;
        using (LocatedModel located = new ModelLocator().Locate(onnx, ElementType.Float16, Host, PlanOptions.DefaultChunkBytes))
        {
            weights = located.File!.Path;
        }

        var ours = new Dictionary<bool, List<Sample>> { [true] = [], [false] = [] };
        var theirs = new Dictionary<bool, List<Sample>> { [true] = [], [false] = [] };
        foreach (bool cached in setting.Cached)
        {
            for (int run = 0; run <= runs; run++)
            {
                Sample a = After(cached, weights, () => Ours(flashmem, zoo, plan, setting.Iterations, group));
                Sample b = After(cached, onnx + ".data", () => Theirs(onnx, setting.Iterations, setting.OrtMode, group));
                if (run > 0)
                {
                    ours[cached].Add(a);
                    theirs[cached].Add(b);
                }
            }
        }

        return [Row(setting.Model, $"FlashMem, {setting.Budget}", ours), Row(setting.Model, $"ONNX Runtime, {setting.OrtMode}", theirs)];
    }

    private static Sample After(bool cached, string file, Func<Sample> measure)
    {
        if (cached)
        {
            PageCache.Warm(file);
        }
        else if (OperatingSystem.IsLinux())
        {
            PageCache.Evict(file);
        }
        else
        {
            throw new PlatformNotSupportedException("files are taken out of the page cache on Linux only");
        }

        return measure();
    }

    private static Sample Ours(string flashmem, string model, string plan, int iterations, string? group)
    {
        ChildProcess.Result once = ChildProcess.Run(flashmem, ["run", model, "--plan", plan, "--json"], group);
        ChildProcess.Result many = ChildProcess.Run(
            flashmem, ["run", model, "--plan", plan, "--json", "--warmup", "1", "--iterations", $"{iterations}"], group);
        using JsonDocument first = JsonDocument.Parse(once.Output);
        using JsonDocument steady = JsonDocument.Parse(many.Output);
        JsonElement memory = first.RootElement.GetProperty("memory");
        long anonymous = memory.GetProperty("processAnonymousRssBytes").GetInt64();
        long fileBacked = memory.GetProperty("processFileRssBytes").GetInt64();
        return new Sample(
            once.FirstLineMs,
            steady.RootElement.GetProperty("time").GetProperty("medianMs").GetDouble(),
            new ProcessMemory(Math.Max(Peak(first), Peak(steady)), anonymous + fileBacked, anonymous, fileBacked));

        static long Peak(JsonDocument run) => run.RootElement.GetProperty("memory").GetProperty("processPeakRssBytes").GetInt64();
    }

    private static Sample Theirs(string model, int iterations, string mode, string? group)
    {
        ChildProcess.Result result = ChildProcess.Run(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "FlashMem.Benchmarks.dll"), OrtChild.Verb, model, $"{iterations}", mode],
            group);
        ProcessFigures figures = result.Output.Split('\n').Select(ProcessFigures.FromLine).First(line => line is not null)!;
        return new Sample(result.FirstLineMs, figures.SteadyMs, figures.Memory);
    }

    private static string[] Row(string model, string engine, Dictionary<bool, List<Sample>> samples) =>
    [
        model,
        engine,
        Start(samples[true]),
        Start(samples[false]),
        Median.WithRange([.. (samples[true].Count > 0 ? samples[true] : samples[false]).Select(s => s.SteadyMs)]),
        Megabytes(samples.Values.SelectMany(list => list).Max(s => s.Memory.PeakResidentBytes)),
        Megabytes(Median.Of(samples.Values.SelectMany(list => list).Select(s => (double)s.Memory.AnonymousBytes!))),
        Megabytes(Median.Of(samples.Values.SelectMany(list => list).Select(s => (double)s.Memory.FileBackedBytes!))),
    ];

    private static string Start(List<Sample> samples) => samples.Count == 0 ? "-" : Median.WithRange([.. samples.Select(s => s.StartMs)]);

    private static string Megabytes(double bytes) => (bytes / 1e6).ToString("0", CultureInfo.InvariantCulture);
}
