using System.Text.Json;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary>Simulated devices on the command line.</summary>
public sealed class SimulatedDeviceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Two_runs_are_identical_report_and_trace_and_have_the_bits_of_the_host()
    {
        string model = ChainModel.Write(folder.Path, layers: 6, width: 512);
        byte[][] Run(string name)
        {
            string[] files = [folder[$"{name}.json"], folder[$"{name}.trace.json"]];
            FlashMemProcess.Result run = FlashMemProcess.Run(
                folder.Path, "run", model, "--device", "sim:oneplus-12", "--budget", "5MiB", "--json", files[0], "--trace", files[1]);
            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
            return [.. files.Select(File.ReadAllBytes)];
        }

        byte[][] first = Run("first");
        Assert.Equal(first, Run("second"));
        FlashMemProcess.Result host = FlashMemProcess.Run(folder.Path, "run", model, "--json");
        Assert.Equal(Hash(host.Output), Hash(System.Text.Encoding.UTF8.GetString(first[0])));
        using var trace = JsonDocument.Parse(first[1]);
        string[] counters = [.. trace.RootElement.GetProperty("traceEvents").EnumerateArray()
            .Where(e => e.GetProperty("ph").GetString() == "C").Select(e => e.GetProperty("name").GetString()!).Distinct().Order()];
        Assert.Equal(["Activation bytes", "DRAM GB/s", "Texture bytes", "Unified bytes"], counters);
        string[] lanes = [.. trace.RootElement.GetProperty("traceEvents").EnumerateArray()
            .Where(e => e.GetProperty("name").GetString() == "thread_name")
            .Select(e => e.GetProperty("args").GetProperty("name").GetString()!)];
        Assert.Superset(new HashSet<string> { "compute", "transfer", "storage 0", "core group 0" }, lanes.ToHashSet());
    }

    [Fact]
    public void Only_time_needs_no_weights_and_has_no_outputs()
    {
        FlashMemProcess.Result run = FlashMemProcess.Run(
            folder.Path, "run", "zoo:resnet50", "--device", "sim:oneplus-12", "--timing-only", "--budget", "32MiB", "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        using var document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement;
        Assert.Equal(JsonValueKind.Null, root.GetProperty("outputs")[0].GetProperty("sha256").ValueKind);
        Assert.True(root.GetProperty("time").GetProperty("medianMs").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("memory").GetProperty("processPeakRssBytes").ValueKind);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("time").GetProperty("planMs").ValueKind);
        Assert.Empty(Directory.GetFiles(folder.Path, "*.data", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.flashmem", SearchOption.AllDirectories));
    }

    [Fact]
    public void Activations_of_halves_take_less_and_are_told_of()
    {
        (string Type, long Bytes, double Ms) Run(string activations)
        {
            FlashMemProcess.Result run = FlashMemProcess.Run(
                folder.Path, "run", "zoo:resnet50", "--device", "sim:oneplus-12", "--timing-only", "--activations", activations, "--json");
            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
            using var document = JsonDocument.Parse(run.Output);
            JsonElement root = document.RootElement;
            return (
                root.GetProperty("activations").GetString()!,
                root.GetProperty("memory").GetProperty("peakBytes").GetInt64(),
                root.GetProperty("time").GetProperty("medianMs").GetDouble());
        }

        (string Type, long Bytes, double Ms) single = Run("fp32");
        (string Type, long Bytes, double Ms) halves = Run("fp16");
        Assert.Equal(("fp32", "fp16"), (single.Type, halves.Type));
        Assert.InRange(single.Bytes - halves.Bytes, 3_000_000, 4_000_000);
        Assert.Equal(single.Ms, halves.Ms, 1e-3 * single.Ms);
    }

    [Fact]
    public void Compare_puts_simulated_devices_and_the_host_in_one_table()
    {
        string model = ChainModel.Write(folder.Path, layers: 6, width: 512);
        FlashMemProcess.Result compare = FlashMemProcess.Run(
            folder.Path, "compare", model, "--device", "host,sim:pixel-4,sim:oneplus-12", "--policy", "overlap,demand", "--budget",
            "5MiB,8KiB", "--iterations", "1", "--json", folder["compare.json"]);

        Assert.Equal((0, ""), (compare.ExitCode, compare.Errors));
        using var document = JsonDocument.Parse(File.ReadAllBytes(folder["compare.json"]));
        string[] devices = [.. document.RootElement.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("device").GetString()!)];
        Assert.Equal(["host", "host", "sim:pixel-4", "sim:pixel-4", "sim:oneplus-12", "sim:oneplus-12"], devices);
        Assert.Contains("needs", compare.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_figure_can_be_set_and_a_device_read_from_a_file()
    {
        string model = ChainModel.Write(folder.Path, layers: 4, width: 256);
        double Median(params string[] arguments)
        {
            FlashMemProcess.Result run = FlashMemProcess.Run(
                folder.Path, ["run", model, "--timing-only", "--budget", "1MiB", "--json", .. arguments]);
            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
            using var document = JsonDocument.Parse(run.Output);
            return document.RootElement.GetProperty("time").GetProperty("medianMs").GetDouble();
        }

        string file = folder["phone.json"];
        using (Stream target = File.Create(file))
        {
            FlashMem.Simulator.Specs.SimulatorSpecJson.Write(target, FlashMem.Simulator.Specs.SimulatorPresets.Load("pixel-4"));
        }

        double preset = Median("--device", "sim:pixel-4");
        Assert.Equal(preset, Median("--device", $"sim:{file}"));
        Assert.True(Median("--device", "sim:pixel-4", "--set", "storage.bandwidth=4GB/s", "--set", "storage.latency=20us") < preset);
        FlashMemProcess.Result inspect = FlashMemProcess.Run(folder.Path, "inspect", file);
        Assert.Equal((0, ""), (inspect.ExitCode, inspect.Errors));
        Assert.Equal(inspect.Output, FlashMemProcess.Run(folder.Path, "inspect", "sim:pixel-4").Output);
        Assert.Contains("memory.textureL1.size", inspect.Output, StringComparison.Ordinal);
        Assert.Contains("measured", inspect.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "memory.textureL1.size", "run", "x.onnx", "--device", "sim:pixel-4", "--set", "memory.textureL1.sise=4KiB")]
    [InlineData(2, "simulated", "run", "x.onnx", "--timing-only")]
    [InlineData(2, "simulated", "compare", "x.onnx", "--set", "storage.bandwidth=1GB/s")]
    [InlineData(2, "--output", "run", "x.onnx", "--device", "sim:pixel-4", "--timing-only", "--output", "there")]
    [InlineData(2, "verify", "verify", "x.onnx", "--device", "sim:pixel-4", "--timing-only")]
    [InlineData(2, "inspect sim:pixel-4", "profile", "--device", "sim:pixel-4")]
    [InlineData(5, "sim:oneplus-12", "run", "x.onnx", "--device", "sim:nokia-3310")]
    [InlineData(5, "none.json", "run", "x.onnx", "--device", "sim:none.json")]
    public void What_makes_no_sense_is_refused(int exitCode, string named, params string[] arguments)
    {
        FlashMemProcess.Result result = FlashMemProcess.Run(folder.Path, arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith("flashmem: ", result.Errors);
        Assert.Contains(named, result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.Trim().Split('\n'));
    }

    [Fact]
    public void Presets_are_listed()
    {
        FlashMemProcess.Result devices = FlashMemProcess.Run(folder.Path, "devices", "--json");

        using var document = JsonDocument.Parse(devices.Output);
        Assert.Contains(
            "sim:pixel-4", document.RootElement.GetProperty("devices").EnumerateArray().Select(device => device.GetProperty("name").GetString()));
    }

    private static string? Hash(string report)
    {
        using var document = JsonDocument.Parse(report);
        return document.RootElement.GetProperty("outputs")[0].GetProperty("sha256").GetString();
    }
}
