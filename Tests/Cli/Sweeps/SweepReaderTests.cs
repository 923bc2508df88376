using System.Text;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Cli.Policies;
using FlashMem.Cli.Sweeps;
using FlashMem.Scheduling.Plans;
using Xunit;

namespace FlashMem.Tests.Cli.Sweeps;

/// <summary>What sweep files may say, and that everything else is refused with its JSON path.</summary>
public sealed class SweepReaderTests
{
    [Fact]
    public void Everything_that_can_be_asked_for_is_read()
    {
        SweepSpec spec = Read("""
            { "schema": "flashmem.sweep/1", "devices": ["sim:oneplus-12", "sim:pixel-4"], "models": ["zoo:resnet50"],
              "budgets": ["64MiB", 1000000, null], "policies": ["same-op", "overlap"],
              "set": { "memory.textureL1.size": ["2KiB", 4096], "capabilities.halfArithmetic": [true, false] },
              "weights": "fp32", "activations": "fp16", "iterations": 3 }
            """);

        Assert.Equal(["sim:oneplus-12", "sim:pixel-4"], spec.Devices);
        Assert.Equal(["zoo:resnet50"], spec.Models);
        Assert.Equal([64L << 20, 1000000, null], spec.Budgets);
        Assert.Equal([new PolicyChoice(PlanPolicy.SameOp), new PolicyChoice(PlanPolicy.Overlap)], spec.Policies);
        Assert.Equal(["memory.textureL1.size", "capabilities.halfArithmetic"], spec.Set.Select(axis => axis.Key));
        Assert.Equal(["2KiB", "4096"], spec.Set[0].Values);
        Assert.Equal(["true", "false"], spec.Set[1].Values);
        Assert.Equal((ElementType.Float32, ElementType.Float16, 3), (spec.WeightType, spec.ActivationType, spec.Iterations));
    }

    [Fact]
    public void What_is_left_out_has_the_written_defaults()
    {
        SweepSpec spec = Read("""{ "schema": "flashmem.sweep/1", "devices": ["sim:pixel-4"], "models": ["zoo:resnet50"] }""");

        Assert.Equal([null], spec.Budgets);
        Assert.Equal([new PolicyChoice(PlanPolicy.Overlap)], spec.Policies);
        Assert.Empty(spec.Set);
        Assert.Equal((ElementType.Float16, ElementType.Float32, 2), (spec.WeightType, spec.ActivationType, spec.Iterations));
    }

    [Theory]
    [InlineData("""[]""", "$: ", "a list", "an object")]
    [InlineData("""{ "schema": """, "not JSON")]
    [InlineData("""{ "devices": ["sim:pixel-4"], "models": ["zoo:resnet50"] }""", "$: ", "'schema'", "missing")]
    [InlineData("""{ "schema": "flashmem.sweep/2" }""", "$.schema: ", "flashmem.sweep/1")]
    [InlineData("""{ "schema": "flashmem.sweep/1", "devices": ["sim:pixel-4"] }""", "$: ", "'models'", "missing")]
    [InlineData("""{ "schema": "flashmem.sweep/1", "schema": "flashmem.sweep/1" }""", "not JSON", "schema")]
    public void What_is_no_sweep_is_refused(string json, params string[] named) => AssertRefused(json, named);

    [Theory]
    [InlineData("""  "devices": ["sim:oneplus12"] """, "$.devices[0]: ", "sim:oneplus-12")]
    [InlineData("""  "devices": ["sim:pixel-4", "host"] """, "$.devices[1]: ", "'host'", "simulated")]
    [InlineData("""  "devices": ["sim:none.json"] """, "$.devices[0]: ", "sim:none.json")]
    [InlineData("""  "devices": ["sim:pixel-4", "sim:pixel-4"] """, "$.devices[1]: ", "$.devices[0]")]
    [InlineData("""  "devices": "sim:pixel-4" """, "$.devices: ", "a list")]
    [InlineData("""  "devices": [] """, "$.devices: ", "empty")]
    [InlineData("""  "devices": [4] """, "$.devices[0]: this is 4", "a string")]
    [InlineData("""  "models": ["zoo:resnet-50"] """, "$.models[0]: ", "zoo:resnet50")]
    [InlineData("""  "models": ["absent.onnx"] """, "$.models[0]: ", "absent.onnx")]
    [InlineData("""  "budgets": ["64MiB", "lots"] """, "$.budgets[1]: ", "lots")]
    [InlineData("""  "budgets": [0] """, "$.budgets[0]: this is 0", "64MiB")]
    [InlineData("""  "budgets": ["1KiB", 1024] """, "$.budgets[1]: ", "$.budgets[0]")]
    [InlineData("""  "budgets": [1.5] """, "$.budgets[0]: ", "whole")]
    [InlineData("""  "policies": ["overlop"] """, "$.policies[0]: ", "overlap")]
    [InlineData("""  "set": [] """, "$.set: ", "an object")]
    [InlineData("""  "set": { "memory.textureL1.sise": ["4KiB"] } """, "$.set[\"memory.textureL1.sise\"][0]: ", "memory.textureL1.size")]
    [InlineData("""  "set": { "memory.textureL1.size": ["2KiB", "big"] } """, "$.set[\"memory.textureL1.size\"][1]: ", "big")]
    [InlineData("""  "set": { "memory.textureL1.size": "2KiB" } """, "$.set[\"memory.textureL1.size\"]: ", "a list")]
    [InlineData("""  "set": { "memory.textureL1.size": [null] } """, "$.set[\"memory.textureL1.size\"][0]: this is null")]
    [InlineData("""  "weights": "int8" """, "$.weights: ", "fp16")]
    [InlineData("""  "activations": "bf16" """, "$.activations: ", "fp16")]
    [InlineData("""  "iterations": 0 """, "$.iterations: this is 0", "at least 1")]
    [InlineData("""  "iterations": "2" """, "$.iterations: ", "a whole number")]
    [InlineData("""  "polices": ["overlap"] """, "$.polices: ", "policies")]
    public void A_wrong_member_is_named_by_its_path(string member, params string[] named)
    {
        string name = member.Trim()[1..].Split('"')[0];
        string[] others = [.. new[] { """ "devices": ["sim:pixel-4"] """, """ "models": ["zoo:resnet50"] """ }
            .Where(other => !other.Contains($"\"{name}\"", StringComparison.Ordinal))];
        AssertRefused($$"""{ "schema": "flashmem.sweep/1", {{string.Join(',', [.. others, member])}} }""", named);
    }

    [Fact]
    public void A_figure_must_be_one_of_every_device()
    {
        UsageException error = Assert.Throws<UsageException>(() => Read("""
            { "schema": "flashmem.sweep/1", "devices": ["sim:pixel-8", "sim:pixel-4"], "models": ["zoo:resnet50"],
              "set": { "memory.bufferL1.size": ["16KiB"] } }
            """));

        Assert.Contains("pixel-4", error.Message, StringComparison.Ordinal);
    }

    private static SweepSpec Read(string json) => SweepReader.Read(Encoding.UTF8.GetBytes(json));

    private static void AssertRefused(string json, string[] named)
    {
        UsageException error = Assert.Throws<UsageException>(() => Read(json));
        Assert.All(named, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
