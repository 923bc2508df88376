using System.Text;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

public class PlanJsonTests
{
    private static readonly string Valid = Write(PlanMaker.Make(
        Problems.WithSlack(Chains.MatMuls([(64, 256), (96, 512), (64, 256)]), PlanPolicy.Overlap, 0.4)));

    [Property]
    public void Reading_what_was_written_gives_the_same_file(NonEmptyArray<int> numbers, byte slack, bool bound)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get, "name with \"quotes\", ünï ☃ and \\ \u0001");
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            OverlapPlan plan = PlanMaker.Make(Problems.WithSlack(graph, policy, slack / 255.0));
            plan = bound ? plan : plan with { WeightFileHash = null, BudgetBytes = null, SolveMs = 12.5 };
            string text = Write(plan);
            OverlapPlan read = PlanJson.Read(Encoding.UTF8.GetBytes(text));
            Assert.Equal(text, Write(read));
            Assert.Equal(plan.Model, read.Model);
            Assert.Equal(PlanJson.Hash(plan), PlanJson.Hash(read));
        }
    }

    [Fact]
    public void Moves_round_trip()
    {
        OverlapPlan plan = PlanJson.Read(Encoding.UTF8.GetBytes(Valid));
        PlanStep step = plan.Steps[1] with
        {
            Moves = [new ChunkMove(1, 2, 3, 4096, MoveMode.CopyQueue), new ChunkMove(4, 5, 6, 0, MoveMode.InKernel)],
        };
        OverlapPlan read = PlanJson.Read(Encoding.UTF8.GetBytes(Write(plan with { Steps = plan.Steps.SetItem(1, step) })));
        Assert.Equal(step.Moves, read.Steps[1].Moves);
    }

    [Property]
    public void Plans_with_a_texture_tier_round_trip(NonEmptyArray<int> numbers, byte slack)
    {
        OverlapPlan plan = PlanMaker.Make(
            Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0, Problems.Textures));
        string text = Write(plan);
        OverlapPlan read = PlanJson.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal(text, Write(read));
        Assert.Equal(plan.TextureArenaBytes, read.TextureArenaBytes);
        Assert.Equal(plan.TableArenaBytes, read.TableArenaBytes);
        Assert.Equal(plan.RowStagingBytes, read.RowStagingBytes);
        Assert.Equal(plan.Steps.SelectMany(step => step.Moves), read.Steps.SelectMany(step => step.Moves));
    }

    [Fact]
    public void Plans_for_zero_copy_devices_do_not_mention_textures()
    {
        Assert.DoesNotContain("textureArenaBytes", Valid, StringComparison.Ordinal);
        Assert.DoesNotContain("rowStagingBytes", Valid, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_leaves_out_the_solve_time_and_nothing_else()
    {
        OverlapPlan plan = PlanJson.Read(Encoding.UTF8.GetBytes(Valid));
        Assert.Equal(PlanJson.Hash(plan), PlanJson.Hash(plan with { SolveMs = 99 }));
        Assert.NotEqual(PlanJson.Hash(plan), PlanJson.Hash(plan with { BudgetBytes = 1 }));
    }

    [Theory]
    [InlineData("\"flashmem.plan/1\"", "\"flashmem.plan/2\"", "flashmem.plan/2")]
    [InlineData("\"policy\": \"overlap\"", "\"policy\": \"magic\"", "magic")]
    [InlineData("\"status\": \"", "\"status\": \"un", "status")]
    [InlineData("\"modelHash\"", "\"modelhash\"", "modelhash")]
    [InlineData("  \"awaitPreload\": false,\n", "", "awaitPreload")]
    [InlineData("\"awaitPreload\": false", "\"awaitPreload\": 0", "awaitPreload")]
    [InlineData("\"model\": \"chain\"", "\"model\": null", "model")]
    [InlineData("\"model\": \"chain\"", "\"model\": \"chain\", \"model\": \"chain\"", "twice")]
    [InlineData("\"parametersBytes\": 0", "\"parametersBytes\": -1", "parametersBytes")]
    [InlineData("\"parametersBytes\": 0", "\"parametersBytes\": 0.5", "parametersBytes")]
    [InlineData("\"parametersBytes\": 0", "\"parametersBytes\": 99999999999999999999", "parametersBytes")]
    [InlineData("\"parametersBytes\": 0", "\"parametersBytes\": 4096", "predictedPeakBytes")]
    [InlineData("\"predictedRunMs\": ", "\"predictedRunMs\": 1e999, \"x\": ", "predictedRunMs")]
    [InlineData("\"kernel\":0", "\"kernel\":-1", "kernel")]
    [InlineData("\"kernel\":0", "\"kernel\":4294967296", "kernel")]
    [InlineData("\"kernel\":0", "\"kernel\":\"0\"", "kernel")]
    [InlineData("\"panels\":[0", "\"panels\":[7,0", "panels")]
    [InlineData("\"retained\": [", "\"retained\": [[],", "retained")]
    [InlineData("\"texture\":0", "\"texture\":0,\"cloud\":1", "cloud")]
    [InlineData("\"moves\":[]", "\"moves\":[{\"weight\":1}]", "firstChunk")]
    [InlineData("\"moves\":[]", "\"moves\":[{\"weight\":1,\"firstChunk\":1,\"count\":1,\"offset\":0,\"mode\":\"teleport\"}]", "teleport")]
    [InlineData("{\n", "[{\n", "expected a plan")]
    public void A_malformed_file_is_refused_with_the_reason(string old, string replacement, string reason)
    {
        int at = Valid.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, $"the file lacks {old}");
        string text = Valid[..at] + replacement + Valid[(at + old.Length)..];
        var error = Assert.Throws<UsageException>(() => PlanJson.Read(Encoding.UTF8.GetBytes(text)));
        Assert.Contains(reason, error.Message);
    }

    [Property(MaxTest = 300)]
    public void Damage_never_crashes_the_reader(int position, byte value, bool cut)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Valid);
        int at = (int)((uint)(position * 7919) % bytes.Length);
        bytes[at] = value;
        try
        {
            PlanJson.Read(cut ? bytes.AsSpan(0, at) : bytes);
        }
        catch (UsageException)
        {
        }
    }

    [Fact]
    public void Empty_and_trailing_text_are_refused()
    {
        Assert.Throws<UsageException>(() => PlanJson.Read([]));
        Assert.Throws<UsageException>(() => PlanJson.Read(Encoding.UTF8.GetBytes(Valid + "{}")));
        var error = Assert.Throws<UsageException>(() => PlanJson.ReadFile("no-such-plan.json"));
        Assert.Contains("no-such-plan.json", error.Message);
    }

    private static string Write(OverlapPlan plan)
    {
        using var stream = new MemoryStream();
        PlanJson.Write(stream, plan);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
