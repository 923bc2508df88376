using System.Text;
using System.Text.Json.Nodes;
using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Compute;
using FlashMem.Simulator.Specs;
using Xunit;

namespace FlashMem.Tests.Simulator.Specs;

/// <summary>Simulator specs as JSON, and the presets.</summary>
public sealed class SimulatorSpecJsonTests
{
    public static TheoryData<string> Presets => [.. SimulatorPresets.Names];

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_preset_carries_its_file_name_survives_writing_and_makes_a_machine(string name)
    {
        SimulatorSpec spec = SimulatorPresets.Load(name);
        using var stream = new MemoryStream();
        SimulatorSpecJson.Write(stream, spec);

        Assert.Equal(name, spec.Name);
        Assert.Equal(spec, SimulatorSpecJson.Read(stream.ToArray(), name));
        Assert.NotNull(new GpuMachine(spec));
    }

    [Fact]
    public void An_unknown_preset_is_refused_with_those_that_exist()
    {
        var error = Assert.Throws<UsageException>(() => SimulatorPresets.Load("pixel-99"));

        Assert.Contains("pixel-99", error.Message, StringComparison.Ordinal);
        Assert.Contains("pixel-4", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("memory.textureL1.sise", "{}", "memory.textureL1")]
    [InlineData("memory.l2.size", "12", "memory.l2.size")]
    [InlineData("memory.l2.size", """{"value":-1,"unit":"B","kind":"estimate","source":"x"}""", "memory.l2.size")]
    [InlineData("memory.l2.size", """{"value":1,"unit":"B","kind":"guess","source":"x"}""", "guess")]
    [InlineData("memory.l2.size", """{"value":1,"unit":"B","kind":"estimate","source":"x","note":"y"}""", "note")]
    [InlineData("memory.l2.size", """{"value":1,"unit":"B","kind":"estimate","source":""}""", "memory.l2.size")]
    [InlineData("memory.l2.size", """{"value":"1 KiBi","unit":"B","kind":"estimate","source":"x"}""", "1 KiBi")]
    [InlineData("compute", "null", "compute")]
    [InlineData("schema", "\"flashmem.sim/9\"", "flashmem.sim/9")]
    public void A_wrong_spec_is_refused_by_path(string path, string value, string named)
    {
        JsonObject root = SimulatorSpecJson.ToJson(SimulatorPresets.Load("pixel-4"));
        string[] steps = path.Split('.');
        JsonNode parent = steps[..^1].Aggregate((JsonNode)root, (node, step) => node[step]!);
        parent[steps[^1]] = JsonNode.Parse(value);

        var error = Assert.Throws<UsageException>(() => SimulatorSpecJson.Read(root, "test.json"));

        Assert.Contains("test.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_may_be_written_with_their_unit()
    {
        JsonObject root = SimulatorSpecJson.ToJson(SimulatorPresets.Load("pixel-4"));
        root["memory"]!["textureL1"]!["size"]!["value"] = "4KiB";

        Assert.Equal(4096, SimulatorSpecJson.Read(root, "test").Memory.TextureL1.Size.Value);
    }

    [Fact]
    public void Text_that_is_no_json_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => SimulatorSpecJson.Read(Encoding.UTF8.GetBytes("{"), "broken.json"));

        Assert.Contains("broken.json", error.Message, StringComparison.Ordinal);
    }
}
