using System.Collections.Immutable;
using FlashMem.Graph.Import.Wire;

namespace FlashMem.Graph.Import.Onnx;

/// <summary>Reads a NodeProto with its attributes.</summary>
internal static class OnnxNodeParser
{
    public static OnnxNode Read(WireReader reader, WireType messageWire)
    {
        var node = new OnnxNode();
        long outer = reader.Enter(messageWire);
        while (reader.NextField(out int field, out WireType wire))
        {
            switch (field)
            {
                case 1:
                    AddName(reader, node.Inputs, wire);
                    break;
                case 2:
                    AddName(reader, node.Outputs, wire);
                    break;
                case 3:
                    node.Name = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                case 4:
                    node.OpType = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                case 5:
                    ReadAttribute(reader, wire, node);
                    break;
                case 7:
                    node.Domain = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        reader.Leave(outer);
        return node;
    }

    private static void AddName(WireReader reader, List<string> names, WireType wire)
    {
        if (names.Count >= ImportLimits.NodeItems)
        {
            throw reader.Malformed($"node with more than {ImportLimits.NodeItems} inputs or outputs");
        }

        names.Add(reader.ReadString(wire, ImportLimits.TextBytes));
    }

    private static void ReadAttribute(WireReader reader, WireType messageWire, OnnxNode node)
    {
        string name = "";
        string? reference = null;
        long type = 0;
        float? single = null;
        long? integer = null;
        string? text = null;
        OnnxTensor? tensor = null;
        var floats = new List<float>();
        var integers = new List<long>();
        string? unsupported = null;
        long outer = reader.Enter(messageWire);
        while (reader.NextField(out int field, out WireType wire))
        {
            switch (field)
            {
                case 1:
                    name = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                case 2:
                    single = reader.ReadFloat(wire);
                    break;
                case 3:
                    integer = reader.ReadVarint(wire);
                    break;
                case 4:
                    text = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                case 5:
                    tensor = OnnxTensorParser.Read(reader, wire);
                    break;
                case 6 or 11:
                    unsupported = "holds a subgraph";
                    reader.Skip(wire);
                    break;
                case 7:
                    reader.ReadFloats(wire, floats, ImportLimits.AttributeValues);
                    break;
                case 8:
                    reader.ReadVarints(wire, integers, ImportLimits.AttributeValues);
                    break;
                case 9:
                    unsupported = "holds a list of texts";
                    reader.Skip(wire);
                    break;
                case 10:
                    unsupported = "holds a list of tensors";
                    reader.Skip(wire);
                    break;
                case 14 or 15:
                    unsupported = "holds a type";
                    reader.Skip(wire);
                    break;
                case 22 or 23:
                    unsupported = "holds a sparse tensor";
                    reader.Skip(wire);
                    break;
                case 20:
                    type = reader.ReadVarint(wire);
                    break;
                case 21:
                    reference = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        reader.Leave(outer);
        if (!string.IsNullOrEmpty(reference))
        {
            unsupported = "refers to a function's attribute";
        }

        if (unsupported is not null)
        {
            node.Unsupported ??= $"attribute '{name}' {unsupported}";
            return;
        }

        object? value = type switch
        {
            1 => single ?? 0f,
            2 => integer ?? 0L,
            3 => text ?? "",
            4 => tensor,
            6 => floats.ToImmutableArray(),
            7 => integers.ToImmutableArray(),
            0 => Guess(),
            _ => null,
        };
        if (value is null)
        {
            node.Unsupported ??= $"attribute '{name}' of type {type} has no supported value";
            return;
        }

        if (name.Length == 0 || node.Attributes.Count >= ImportLimits.NodeItems || !node.Attributes.TryAdd(name, value))
        {
            throw reader.Malformed($"attribute '{name}' without a name, given twice or one of too many");
        }

        // Files older than IR version 3 leave the type out.
        object? Guess() =>
            single is not null ? single
            : integer is not null ? integer
            : text is not null ? text
            : tensor is not null ? tensor
            : floats.Count > 0 ? floats.ToImmutableArray()
            : integers.ToImmutableArray();
    }
}
