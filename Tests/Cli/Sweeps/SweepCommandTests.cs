using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli.Sweeps;

/// <summary>The sweep verb as scripts use it, on small models.</summary>
public sealed class SweepCommandTests : IDisposable
{
    private const int Interrupt = 2;

    private const string Header = "device,model,budget_bytes,policy,memory.textureL1.size,storage.bandwidth,status,first_run_ms,median_ms,"
        + "storage_busy_ms,transfer_busy_ms,compute_busy_ms,stall_ms,overlap,"
        + "planned_peak_bytes,mean_bytes,preloaded_bytes,streamed_bytes,bound_ms";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Rows_are_in_grid_order_the_same_with_any_number_of_jobs_and_those_of_run()
    {
        string[] models = [Chain("one.onnx", 6, 512), Chain("two.onnx", 4, 256)];
        string sweep = Sweep($$"""
            "devices": ["sim:oneplus-12", "sim:pixel-4"], "models": {{JsonSerializer.Serialize(models)}},
            "budgets": ["2MiB", "16KiB", null], "policies": ["overlap", "demand"],
            "set": { "memory.textureL1.size": ["1KiB", "4KiB"], "storage.bandwidth": ["1GB/s", "2GB/s"] }
            """);
        string[] tables = [.. new[] { "1", "2", "2" }.Select((jobs, index) =>
        {
            // The last one finds the kernel times of the one before.
            string cache = Directory.CreateDirectory(folder[$"cache{Math.Min(index, 1)}"]).FullName;
            FlashMemProcess.Result run = FlashMemProcess.Run(
                cache, "sweep", sweep, "-o", folder[$"{index}.csv"], "--jobs", jobs, "--json", folder[$"{index}.json"]);
            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
            return File.ReadAllText(folder[$"{index}.csv"]);
        })];
        Assert.Equal(tables[0], tables[1]);
        Assert.Equal(tables[0], tables[2]);
        Assert.Equal(File.ReadAllText(folder["0.json"]), File.ReadAllText(folder["1.json"]));

        string[][] rows = Rows(tables[0]);
        Assert.Equal(
            from device in new[] { "sim:oneplus-12", "sim:pixel-4" }
            from model in models
            from budget in new[] { "2097152", "16384", "" }
            from policy in new[] { "overlap", "demand" }
            from cache in new[] { "1KiB", "4KiB" }
            from storage in new[] { "1GB/s", "2GB/s" }
            select (device, model, budget, policy, cache, storage),
            rows.Select(row => (row[0], row[1], row[2], row[3], row[4], row[5])));
        Assert.All(rows, row => Assert.Equal(row[2] != "16384", row[6] == "ok"));
        AssertSameRows(rows, folder["0.json"]);
        AssertIsRun(rows.Single(row => row is ["sim:pixel-4", var model, "2097152", "demand", "4KiB", "2GB/s", ..] && model == models[0]));
    }

    [Fact]
    public void A_budget_that_cannot_work_is_a_row_with_the_smallest_that_can()
    {
        string model = Chain("model.onnx", 3, 256);
        FlashMemProcess.Result refused = FlashMemProcess.Run(
            folder.Path, "sweep", Sweep($$""" "devices": ["sim:oneplus-12"], "models": ["{{model}}"], "budgets": ["16KiB"] """), "-o", "-");
        Assert.Equal((0, ""), (refused.ExitCode, refused.Errors));
        string[] cells = refused.Output.Split('\n')[1].Split(',');
        Assert.StartsWith("infeasible: the smallest budget is ", cells[4], StringComparison.Ordinal);
        Assert.All(cells[5..], cell => Assert.Empty(cell));

        long smallest = long.Parse(cells[4].Split(' ')[^2], CultureInfo.InvariantCulture);
        FlashMemProcess.Result run = FlashMemProcess.Run(
            folder.Path,
            "sweep",
            Sweep($$""" "devices": ["sim:oneplus-12"], "models": ["{{model}}"], "budgets": [{{smallest}}, {{smallest - 1}}] """),
            "-o",
            "-");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["ok", cells[4]], run.Output.Trim().Split('\n')[1..].Select(line => line.Split(',')[4]));
    }

    [Fact]
    public void A_point_that_fails_is_a_row_and_fails_the_sweep_at_its_end()
    {
        string sweep = Sweep($$"""
            "devices": ["sim:oneplus-12"], "models": ["{{Chain("model.onnx", 2, 64)}}"], "set": { "storage.bandwidth": ["0", "1GB/s"] }
            """);

        FlashMemProcess.Result run = FlashMemProcess.Run(folder.Path, "sweep", sweep, "-o", "-");

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("flashmem: 1 of 2 points failed", run.Errors, StringComparison.Ordinal);
        string[] lines = run.Output.Trim().Split('\n');
        Assert.Contains("error: ", lines[1], StringComparison.Ordinal);
        Assert.Contains("storage.bandwidth", lines[1], StringComparison.Ordinal);
        Assert.Contains(",ok,", lines[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "$.devices[0]", """ "devices": ["sim:pixel4"], "models": ["zoo:resnet50"] """)]
    [InlineData(2, "$.budgits", """ "devices": ["sim:pixel-4"], "models": ["zoo:resnet50"], "budgits": [null] """)]
    [InlineData(2, "--jobs", """ "devices": ["sim:pixel-4"], "models": ["zoo:resnet50"] """, "--jobs", "0")]
    [InlineData(2, "standard output", """ "devices": ["sim:pixel-4"], "models": ["zoo:resnet50"] """, "-o", "-", "--json")]
    public void What_makes_no_sense_is_refused_and_leaves_an_earlier_table(int exitCode, string named, string members, params string[] more)
    {
        string table = folder.Write("table.csv", [1, 2, 3]);
        string[] output = more.Contains("-o") ? [] : ["-o", table];

        FlashMemProcess.Result result = FlashMemProcess.Run(folder.Path, ["sweep", Sweep(members), .. output, .. more]);

        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.Contains(named, result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.Trim().Split('\n'));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(table));
    }

    [Fact]
    public void A_model_that_is_none_ends_with_3_before_anything_runs()
    {
        string noise = folder.Write("noise.onnx", [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 131))]);
        string sweep = Sweep($$""" "devices": ["sim:pixel-4"], "models": ["{{Chain("model.onnx", 2, 64)}}", "{{noise}}"] """);

        FlashMemProcess.Result result = FlashMemProcess.Run(folder.Path, "sweep", sweep, "-o", folder["table.csv"]);

        Assert.Equal(3, result.ExitCode);
        Assert.False(File.Exists(folder["table.csv"]));
    }

    [Fact]
    public async Task Interrupting_ends_with_130_and_leaves_the_first_rows()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "sends a signal");
        string[] storage = [.. Enumerable.Range(1, 5000).Select(i => $"{i}MB/s")];
        string sweep = Sweep($$"""
            "devices": ["sim:pixel-4"], "models": ["{{Chain("model.onnx", 4, 256)}}"], "budgets": ["1MiB"],
            "set": { "storage.bandwidth": {{JsonSerializer.Serialize(storage)}} }
            """);
        using Process process = FlashMemProcess.Start(folder.Path, "sweep", sweep, "-o", "-");
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string header = (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!;
        string first = (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!;

        Assert.Equal(0, Kill(process.Id, Interrupt));
        string rest = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((130, "flashmem: interrupted"), (process.ExitCode, (await errors).Trim()));
        Assert.EndsWith("\n", rest, StringComparison.Ordinal);
        string[] lines = [first, .. rest.TrimEnd('\n').Split('\n').Where(line => line.Length > 0)];
        Assert.InRange(lines.Length, 1, storage.Length - 1);
        Assert.Equal(storage.Take(lines.Length), lines.Select(line => line.Split(',')[4]));
        Assert.All(lines, line => Assert.Equal(header.Split(',').Length, line.Split(',').Length));
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    private static string[][] Rows(string table)
    {
        string[] lines = table.TrimEnd('\n').Split('\n');
        Assert.Equal(Header, lines[0]);
        return [.. lines[1..].Select(line => line.Split(','))];
    }

    private static void AssertSameRows(string[][] rows, string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        Assert.Equal("flashmem.sweep-rows/1", document.RootElement.GetProperty("schema").GetString());
        Assert.Equal(rows.Length, document.RootElement.GetProperty("points").GetInt32());
        JsonElement[] others = [.. document.RootElement.GetProperty("rows").EnumerateArray()];
        string[] names = Header.Split(',');
        Assert.Equal(
            rows.Select(row => string.Join(',', row)),
            others.Select(other => string.Join(',', names.Select(name => Text(other.GetProperty(name))))));
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.Number => value.GetDecimal().ToString("0.######", CultureInfo.InvariantCulture),
        _ => value.GetString()!,
    };

    /// <summary>A row has the figures of <c>flashmem run</c> with the same settings: what points share changes nothing.</summary>
    private void AssertIsRun(string[] row)
    {
        FlashMemProcess.Result run = FlashMemProcess.Run(
            Directory.CreateDirectory(folder["other"]).FullName,
            "run", row[1], "--device", row[0], "--timing-only", "--budget", row[2], "--policy", row[3],
            "--set", $"memory.textureL1.size={row[4]}", "--set", $"storage.bandwidth={row[5]}",
            "--warmup", "1", "--iterations", "2", "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        using var document = JsonDocument.Parse(run.Output);
        JsonElement report = document.RootElement;
        JsonElement time = report.GetProperty("time");
        Assert.Equal(
            [
                Text(time.GetProperty("integratedMs")), Text(time.GetProperty("medianMs")), Text(time.GetProperty("storageBusyMs")),
                Text(time.GetProperty("transferBusyMs")), Text(time.GetProperty("computeBusyMs")), Text(time.GetProperty("stallMs")),
                Text(time.GetProperty("overlap")), Text(report.GetProperty("memory").GetProperty("plannedPeakBytes")),
                Text(report.GetProperty("memory").GetProperty("meanBytes")), Text(report.GetProperty("preloadedBytes")),
                Text(report.GetProperty("streamedBytes")), Text(report.GetProperty("bound").GetProperty("lowerBoundMs")),
            ],
            row[7..]);
    }

    private string Chain(string name, int layers, int width) => folder.Write(name, ChainModel.Build(layers, width));

    private string Sweep(string members) => folder.Write(
        $"{Guid.NewGuid():N}.sweep.json", System.Text.Encoding.UTF8.GetBytes($$"""{ "schema": "flashmem.sweep/1", {{members}} }"""));
}
