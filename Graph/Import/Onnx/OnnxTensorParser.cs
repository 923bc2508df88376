using FlashMem.Graph.Import.Wire;

namespace FlashMem.Graph.Import.Onnx;

/// <summary>Reads a TensorProto; large values are passed over and only located.</summary>
internal static class OnnxTensorParser
{
    private const long ExternalLocation = 1;

    public static OnnxTensor Read(WireReader reader, WireType messageWire)
    {
        long outer = reader.Enter(messageWire);
        OnnxTensor tensor = ReadBody(reader);
        reader.Leave(outer);
        return tensor;
    }

    /// <summary>Reads fields up to the reader's limit: a nested message that has been entered, or a file that is one tensor.</summary>
    public static OnnxTensor ReadBody(WireReader reader)
    {
        var tensor = new OnnxTensor();
        while (reader.NextField(out int field, out WireType wire))
        {
            switch (field)
            {
                case 1:
                    reader.ReadVarints(wire, tensor.Dims, ImportLimits.Rank);
                    break;
                case 2:
                    tensor.DataType = reader.ReadVarint(wire);
                    break;
                case 3:
                    tensor.HasSegment = true;
                    reader.Skip(wire);
                    break;
                case 4:
                    AddRange(reader, tensor.Floats, reader.SkipFixed(wire, sizeof(float)));
                    break;
                case 5:
                    reader.ReadVarints(wire, tensor.Int32Values, ImportLimits.TypedValues);
                    break;
                case 6:
                    tensor.HasStrings = true;
                    reader.Skip(wire);
                    break;
                case 7:
                    reader.ReadVarints(wire, tensor.Int64Values, ImportLimits.TypedValues);
                    break;
                case 8:
                    tensor.Name = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                case 9:
                    tensor.Raw = reader.SkipPayload(wire);
                    break;
                case 10:
                    AddRange(reader, tensor.Doubles, reader.SkipFixed(wire, sizeof(double)));
                    break;
                case 11:
                    reader.ReadVarints(wire, tensor.UInt64Values, ImportLimits.TypedValues);
                    break;
                case 13:
                    tensor.External.Add(ReadEntry(reader, wire));
                    if (tensor.External.Count > ImportLimits.NodeItems)
                    {
                        throw reader.Malformed("too many external data entries");
                    }

                    break;
                case 14:
                    tensor.IsExternal = reader.ReadVarint(wire) == ExternalLocation;
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        return tensor;
    }

    private static void AddRange(WireReader reader, List<FileRange> ranges, FileRange range)
    {
        if (ranges.Count >= ImportLimits.TypedValues)
        {
            throw reader.Malformed($"more than {ImportLimits.TypedValues} single values");
        }

        ranges.Add(range);
    }

    private static KeyValuePair<string, string> ReadEntry(WireReader reader, WireType messageWire)
    {
        string key = "";
        string value = "";
        long outer = reader.Enter(messageWire);
        while (reader.NextField(out int field, out WireType wire))
        {
            switch (field)
            {
                case 1:
                    key = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                case 2:
                    value = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        reader.Leave(outer);
        return new(key, value);
    }
}
