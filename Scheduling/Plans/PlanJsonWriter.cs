using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Scheduling.Plans;

/// <summary>Writes a plan: the head one member per line, then one step per line.</summary>
internal sealed class PlanJsonWriter
{
    private static readonly JsonWriterOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly ArrayBufferWriter<byte> output = new(64 * 1024);

    public byte[] Write(OverlapPlan plan)
    {
        using var writer = new Utf8JsonWriter(output, Compact);
        Raw("{\n"u8);
        Member(writer, "schema", w => w.WriteStringValue(OverlapPlan.Schema));
        Member(writer, "model", w => w.WriteStringValue(plan.Model));
        Member(writer, "modelHash", w => w.WriteStringValue(plan.ModelHash));
        Member(writer, "layoutHash", w => w.WriteStringValue(plan.LayoutHash));
        Member(writer, "weightFileHash", w => w.WriteStringValue(plan.WeightFileHash));
        Member(writer, "deviceSpecHash", w => w.WriteStringValue(plan.DeviceSpecHash));
        if (plan.ActivationType != ElementType.Float32)
        {
            Member(writer, "activations", w => w.WriteStringValue(plan.ActivationType.Precision()));
        }

        Member(writer, "policy", w => w.WriteStringValue(plan.Policy.Name()));
        Member(writer, "solver", w => w.WriteStringValue(plan.Solver));
        Member(writer, "status", w => w.WriteStringValue(PlanNames.Of(plan.Status)));
        if (plan.LatencySlack is { } slack)
        {
            Member(writer, "latencySlack", w => w.WriteNumberValue(slack));
        }

        Member(writer, "objective", w => Number(w, plan.Objective));
        Member(writer, "bound", w => Number(w, plan.Bound));
        Member(writer, "gap", w => Number(w, plan.Gap));
        Member(writer, "solveMs", w => Number(w, plan.SolveMs));
        if (!plan.Notes.IsEmpty)
        {
            Member(writer, "notes", w => Texts(w, plan.Notes));
        }

        Member(writer, "budgetBytes", w => Number(w, plan.BudgetBytes));
        Member(writer, "chunkBytes", w => w.WriteNumberValue(plan.ChunkBytes));
        Member(writer, "unifiedArenaBytes", w => w.WriteNumberValue(plan.UnifiedArenaBytes));
        if (plan.TextureArenaBytes > 0 || plan.TableArenaBytes > 0 || plan.RowStagingBytes > 0)
        {
            Member(writer, "textureArenaBytes", w => w.WriteNumberValue(plan.TextureArenaBytes));
            Member(writer, "tableArenaBytes", w => w.WriteNumberValue(plan.TableArenaBytes));
            Member(writer, "rowStagingBytes", w => w.WriteNumberValue(plan.RowStagingBytes));
        }

        Member(writer, "parametersBytes", w => w.WriteNumberValue(plan.ParametersBytes));
        Member(writer, "activationBytes", w => w.WriteNumberValue(plan.ActivationBytes));
        Member(writer, "workspaceBytes", w => w.WriteNumberValue(plan.WorkspaceBytes));
        Member(writer, "predictedPeakBytes", w => w.WriteNumberValue(plan.PeakBytes));
        Member(writer, "predictedFirstRunMs", w => w.WriteNumberValue(plan.FirstRunMs));
        Member(writer, "predictedRunMs", w => w.WriteNumberValue(plan.RunMs));
        if (plan is { FirstMeanBytes: { } firstMean, MeanBytes: { } mean })
        {
            Member(writer, "predictedFirstMeanBytes", w => w.WriteNumberValue(firstMean));
            Member(writer, "predictedMeanBytes", w => w.WriteNumberValue(mean));
        }

        Member(writer, "awaitPreload", w => w.WriteBooleanValue(plan.AwaitPreload));
        if (!plan.Pinned.IsEmpty)
        {
            Member(writer, "pinned", w => Ids(w, plan.Pinned));
        }

        if (!plan.SplitKernels.IsEmpty)
        {
            Member(writer, "splitKernels", w => Ids(w, plan.SplitKernels));
        }

        Member(writer, "preloaded", w => Loads(w, plan.Preloaded));
        Member(writer, "retained", w => Ids(w, plan.Retained));
        WriteSteps(writer, plan.Steps);
        Raw("}\n"u8);
        return output.WrittenSpan.ToArray();
    }

    private void WriteSteps(Utf8JsonWriter writer, ImmutableArray<PlanStep> steps)
    {
        Raw("  \"steps\": [\n"u8);
        for (int t = 0; t < steps.Length; t++)
        {
            Raw("    "u8);
            WriteStep(writer, steps[t]);
            End(writer, t + 1 < steps.Length);
        }

        Raw("  ]\n"u8);
    }

    private static void WriteStep(Utf8JsonWriter writer, PlanStep step)
    {
        writer.WriteStartObject();
        writer.WriteNumber("kernel", step.Kernel);
        writer.WriteString("name", step.Name);
        writer.WriteStartArray("panels");
        writer.WriteNumberValue(step.Panels.Start);
        writer.WriteNumberValue(step.Panels.Count);
        writer.WriteEndArray();
        writer.WritePropertyName("loads");
        Loads(writer, step.Loads);
        writer.WritePropertyName("moves");
        Moves(writer, step.Moves);
        writer.WritePropertyName("releases");
        Ids(writer, step.Releases);
        writer.WriteNumber("startMs", step.StartMs);
        writer.WriteNumber("endMs", step.EndMs);
        writer.WriteStartObject("residentBytes");
        writer.WriteNumber("unified", step.Resident.Unified);
        writer.WriteNumber("texture", step.Resident.Texture);
        writer.WriteNumber("activation", step.Resident.Activation);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Moves(Utf8JsonWriter writer, ImmutableArray<ChunkMove> moves)
    {
        writer.WriteStartArray();
        foreach (ChunkMove move in moves)
        {
            writer.WriteStartObject();
            writer.WriteNumber("weight", move.Weight);
            writer.WriteNumber("firstChunk", move.FirstChunk);
            writer.WriteNumber("count", move.Count);
            writer.WriteNumber("offset", move.Offset);
            writer.WriteString("mode", PlanNames.Of(move.Mode));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Loads(Utf8JsonWriter writer, ImmutableArray<ChunkLoad> loads)
    {
        writer.WriteStartArray();
        foreach (ChunkLoad load in loads)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(load.Chunk);
            writer.WriteNumberValue(load.Offset);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static void Ids(Utf8JsonWriter writer, ImmutableArray<int> ids)
    {
        writer.WriteStartArray();
        foreach (int id in ids)
        {
            writer.WriteNumberValue(id);
        }

        writer.WriteEndArray();
    }

    private static void Texts(Utf8JsonWriter writer, ImmutableArray<string> texts)
    {
        writer.WriteStartArray();
        foreach (string text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter writer, double? value)
    {
        if (value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void Number(Utf8JsonWriter writer, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    /// <summary>One line of the head.</summary>
    private void Member(Utf8JsonWriter writer, string name, Action<Utf8JsonWriter> value)
    {
        Raw("  \""u8);
        output.Advance(Encoding.ASCII.GetBytes(name, output.GetSpan(name.Length)));
        Raw("\": "u8);
        value(writer);
        End(writer, more: true);
    }

    /// <summary>Ends a line. The writer only ever sees one value, so that it adds no comma of its own.</summary>
    private void End(Utf8JsonWriter writer, bool more)
    {
        writer.Flush();
        writer.Reset();
        Raw(more ? ",\n"u8 : "\n"u8);
    }

    private void Raw(ReadOnlySpan<byte> text) => output.Write(text);
}
