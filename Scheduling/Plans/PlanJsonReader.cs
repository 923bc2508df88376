using System.Collections.Immutable;
using System.Text.Json;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Scheduling.Plans;

/// <summary>
/// Reads a plan strictly: every member must be known, present once and in range. A plan file decides where bytes are written, so a typing
/// error in one must never be guessed around; what the numbers mean together is checked by the verifier.
/// </summary>
internal static class PlanJsonReader
{
    public static OverlapPlan Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith(new byte[] { 0xEF, 0xBB, 0xBF }))
        {
            utf8 = utf8[3..];
        }

        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 16 });
        try
        {
            reader.Read();
            OverlapPlan plan = ReadPlan(ref reader);
            return reader.Read() ? throw Error(ref reader, "text follows the plan") : plan;
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not valid Unicode.
            throw new UsageException($"not a {OverlapPlan.Schema} file: {cause.Message}", cause);
        }
    }

    private static OverlapPlan ReadPlan(ref Utf8JsonReader reader)
    {
        var members = new PlanMembers();
        Expect(ref reader, JsonTokenType.StartObject, "a plan");
        while (NextMember(ref reader, out string name))
        {
            members.Mark(name);
            switch (name)
            {
                case "schema":
                    string schema = Text(ref reader, name);
                    if (schema != OverlapPlan.Schema)
                    {
                        throw Error(ref reader, $"schema '{schema}' is unknown; this version reads {OverlapPlan.Schema}");
                    }

                    break;
                case "model": members.Model = Text(ref reader, name); break;
                case "modelHash": members.ModelHash = Text(ref reader, name); break;
                case "layoutHash": members.LayoutHash = Text(ref reader, name); break;
                case "weightFileHash": members.WeightFileHash = IsNull(ref reader) ? null : Text(ref reader, name); break;
                case "deviceSpecHash": members.DeviceSpecHash = Text(ref reader, name); break;
                case "activations": members.ActivationType = Activations(ref reader); break;
                case "policy": members.Policy = PlanPolicies.Parse(Text(ref reader, name)); break;
                case "solver": members.Solver = Text(ref reader, name); break;
                case "status": members.Status = Status(ref reader); break;
                case "objective": members.Objective = IsNull(ref reader) ? null : Number(ref reader, name); break;
                case "bound": members.Bound = IsNull(ref reader) ? null : Number(ref reader, name); break;
                case "gap": members.Gap = IsNull(ref reader) ? null : Number(ref reader, name); break;
                case "solveMs": members.SolveMs = IsNull(ref reader) ? null : Number(ref reader, name); break;
                case "notes": members.Notes = Texts(ref reader, name); break;
                case "budgetBytes": members.BudgetBytes = IsNull(ref reader) ? null : Bytes(ref reader, name); break;
                case "chunkBytes": members.ChunkBytes = Bytes(ref reader, name); break;
                case "unifiedArenaBytes": members.UnifiedArenaBytes = Bytes(ref reader, name); break;
                case "textureArenaBytes": members.TextureArenaBytes = Bytes(ref reader, name); break;
                case "tableArenaBytes": members.TableArenaBytes = Bytes(ref reader, name); break;
                case "rowStagingBytes": members.RowStagingBytes = Bytes(ref reader, name); break;
                case "parametersBytes": members.ParametersBytes = Bytes(ref reader, name); break;
                case "activationBytes": members.ActivationBytes = Bytes(ref reader, name); break;
                case "workspaceBytes": members.WorkspaceBytes = Bytes(ref reader, name); break;
                case "predictedPeakBytes": members.PeakBytes = Bytes(ref reader, name); break;
                case "predictedFirstRunMs": members.FirstRunMs = Number(ref reader, name); break;
                case "predictedRunMs": members.RunMs = Number(ref reader, name); break;
                case "latencySlack": members.LatencySlack = Number(ref reader, name); break;
                case "predictedFirstMeanBytes": members.FirstMeanBytes = Bytes(ref reader, name); break;
                case "predictedMeanBytes": members.MeanBytes = Bytes(ref reader, name); break;
                case "awaitPreload": members.AwaitPreload = Boolean(ref reader, name); break;
                case "pinned": members.Pinned = Ids(ref reader, name); break;
                case "splitKernels": members.SplitKernels = Ids(ref reader, name); break;
                case "preloaded": members.Preloaded = Loads(ref reader, name); break;
                case "retained": members.Retained = Ids(ref reader, name); break;
                case "steps": members.Steps = Steps(ref reader); break;
                default: throw Error(ref reader, $"unknown member '{name}'");
            }
        }

        return members.ToPlan();
    }

    private static ImmutableArray<PlanStep> Steps(ref Utf8JsonReader reader)
    {
        var steps = ImmutableArray.CreateBuilder<PlanStep>();
        Expect(ref reader, JsonTokenType.StartArray, "'steps'");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            steps.Add(Step(ref reader));
        }

        return steps.ToImmutable();
    }

    private static PlanStep Step(ref Utf8JsonReader reader)
    {
        var members = new StepMembers();
        Expect(ref reader, JsonTokenType.StartObject, "a step");
        while (NextMember(ref reader, out string name))
        {
            members.Mark(name);
            switch (name)
            {
                case "kernel": members.Kernel = Id(ref reader, name); break;
                case "name": members.Name = Text(ref reader, name); break;
                case "panels": members.Panels = Panels(ref reader); break;
                case "loads": members.Loads = Loads(ref reader, name); break;
                case "moves": members.Moves = Moves(ref reader); break;
                case "releases": members.Releases = Ids(ref reader, name); break;
                case "startMs": members.StartMs = Number(ref reader, name); break;
                case "endMs": members.EndMs = Number(ref reader, name); break;
                case "residentBytes": members.Resident = Resident(ref reader); break;
                default: throw Error(ref reader, $"unknown member '{name}' of a step");
            }
        }

        return members.ToStep();
    }

    private static TierBytes Resident(ref Utf8JsonReader reader)
    {
        var seen = new MemberSet("residentBytes", ["unified", "texture", "activation"]);
        long unified = 0;
        long texture = 0;
        long activation = 0;
        Expect(ref reader, JsonTokenType.StartObject, "'residentBytes'");
        while (NextMember(ref reader, out string name))
        {
            seen.Mark(name);
            switch (name)
            {
                case "unified": unified = Bytes(ref reader, name); break;
                case "texture": texture = Bytes(ref reader, name); break;
                case "activation": activation = Bytes(ref reader, name); break;
                default: throw Error(ref reader, $"unknown tier '{name}'");
            }
        }

        seen.RequireAll();
        return new TierBytes(unified, texture, activation);
    }

    private static ImmutableArray<ChunkMove> Moves(ref Utf8JsonReader reader)
    {
        var moves = ImmutableArray.CreateBuilder<ChunkMove>();
        Expect(ref reader, JsonTokenType.StartArray, "'moves'");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            moves.Add(Move(ref reader));
        }

        return moves.ToImmutable();
    }

    private static ChunkMove Move(ref Utf8JsonReader reader)
    {
        var seen = new MemberSet("a move", ["weight", "firstChunk", "count", "offset", "mode"]);
        var move = new ChunkMove();
        Expect(ref reader, JsonTokenType.StartObject, "a move");
        while (NextMember(ref reader, out string name))
        {
            seen.Mark(name);
            switch (name)
            {
                case "weight": move = move with { Weight = Id(ref reader, name) }; break;
                case "firstChunk": move = move with { FirstChunk = Id(ref reader, name) }; break;
                case "count": move = move with { Count = Id(ref reader, name) }; break;
                case "offset": move = move with { Offset = Bytes(ref reader, name) }; break;
                case "mode": move = move with { Mode = Mode(ref reader) }; break;
                default: throw Error(ref reader, $"unknown member '{name}' of a move");
            }
        }

        seen.RequireAll();
        return move;
    }

    private static ImmutableArray<ChunkLoad> Loads(ref Utf8JsonReader reader, string name)
    {
        var loads = ImmutableArray.CreateBuilder<ChunkLoad>();
        Expect(ref reader, JsonTokenType.StartArray, $"'{name}'");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.StartArray, "[chunk, offset]");
            reader.Read();
            int chunk = Id(ref reader, name);
            reader.Read();
            loads.Add(new ChunkLoad(chunk, Bytes(ref reader, name)));
            reader.Read();
            Expect(ref reader, JsonTokenType.EndArray, "the end of [chunk, offset]");
        }

        return loads.ToImmutable();
    }

    private static ImmutableArray<string> Texts(ref Utf8JsonReader reader, string name)
    {
        var texts = ImmutableArray.CreateBuilder<string>();
        Expect(ref reader, JsonTokenType.StartArray, $"'{name}'");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            texts.Add(Text(ref reader, name));
        }

        return texts.ToImmutable();
    }

    private static ImmutableArray<int> Ids(ref Utf8JsonReader reader, string name)
    {
        var ids = ImmutableArray.CreateBuilder<int>();
        Expect(ref reader, JsonTokenType.StartArray, $"'{name}'");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            ids.Add(Id(ref reader, name));
        }

        return ids.ToImmutable();
    }

    private static PanelRange Panels(ref Utf8JsonReader reader)
    {
        ImmutableArray<int> pair = Ids(ref reader, "panels");
        return pair.Length == 2
            ? new PanelRange(pair[0], pair[1])
            : throw Error(ref reader, $"'panels' has {pair.Length} numbers, it takes [start, count]");
    }

    private static PlanStatus Status(ref Utf8JsonReader reader)
    {
        string text = Text(ref reader, "status");
        foreach (PlanStatus status in Enum.GetValues<PlanStatus>())
        {
            if (PlanNames.Of(status) == text)
            {
                return status;
            }
        }

        throw Error(ref reader, $"unknown status '{text}'");
    }

    private static ElementType Activations(ref Utf8JsonReader reader)
    {
        string text = Text(ref reader, "activations");
        return ElementTypes.OfPrecision(text) ?? throw Error(ref reader, $"unknown type of activations '{text}'");
    }

    private static MoveMode Mode(ref Utf8JsonReader reader)
    {
        string text = Text(ref reader, "mode");
        foreach (MoveMode mode in Enum.GetValues<MoveMode>())
        {
            if (PlanNames.Of(mode) == text)
            {
                return mode;
            }
        }

        throw Error(ref reader, $"unknown move mode '{text}'");
    }

    /// <summary>Moves on to a member's value; false at the end of the object.</summary>
    private static bool NextMember(ref Utf8JsonReader reader, out string name)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            name = "";
            return false;
        }

        name = reader.GetString()!;
        reader.Read();
        return true;
    }

    private static bool IsNull(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Null;

    private static string Text(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.String, $"'{name}' as text");
        return reader.GetString()!;
    }

    private static bool Boolean(ref Utf8JsonReader reader, string name) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Error(ref reader, $"'{name}' must be true or false"),
    };

    private static double Number(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.Number, $"'{name}' as a number");
        return reader.TryGetDouble(out double value) && double.IsFinite(value)
            ? value
            : throw Error(ref reader, $"'{name}' is out of range");
    }

    private static long Bytes(ref Utf8JsonReader reader, string name)
    {
        const long Largest = 1L << 60;
        Expect(ref reader, JsonTokenType.Number, $"'{name}' as a whole number");
        return reader.TryGetInt64(out long value) && value is >= 0 and <= Largest
            ? value
            : throw Error(ref reader, $"'{name}' must be a whole number between 0 and {Largest}");
    }

    private static int Id(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.Number, $"'{name}' as a whole number");
        return reader.TryGetInt32(out int value) && value >= 0
            ? value
            : throw Error(ref reader, $"'{name}' must hold whole numbers between 0 and {int.MaxValue}");
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (reader.TokenType != type)
        {
            throw Error(ref reader, $"expected {what}, found {reader.TokenType}");
        }
    }

    private static UsageException Error(ref Utf8JsonReader reader, string message) =>
        new($"not a valid {OverlapPlan.Schema} file: {message} (at byte {reader.TokenStartIndex})");
}
