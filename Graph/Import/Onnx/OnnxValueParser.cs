using FlashMem.Graph.Import.Wire;

namespace FlashMem.Graph.Import.Onnx;

/// <summary>Reads a ValueInfoProto: the name and declared type of a graph input or output.</summary>
internal static class OnnxValueParser
{
    public static OnnxValue Read(WireReader reader, WireType messageWire)
    {
        var value = new OnnxValue();
        long outer = reader.Enter(messageWire);
        while (reader.NextField(out int field, out WireType wire))
        {
            switch (field)
            {
                case 1:
                    value.Name = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                case 2:
                    ReadType(reader, wire, value);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        reader.Leave(outer);
        return value;
    }

    private static void ReadType(WireReader reader, WireType messageWire, OnnxValue value)
    {
        long outer = reader.Enter(messageWire);
        while (reader.NextField(out int field, out WireType wire))
        {
            switch (field)
            {
                case 1:
                    ReadTensorType(reader, wire, value);
                    break;
                case 4 or 5 or 7 or 8 or 9:
                    value.IsOtherType = true;
                    reader.Skip(wire);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        reader.Leave(outer);
    }

    private static void ReadTensorType(WireReader reader, WireType messageWire, OnnxValue value)
    {
        long outer = reader.Enter(messageWire);
        while (reader.NextField(out int field, out WireType wire))
        {
            switch (field)
            {
                case 1:
                    value.DataType = reader.ReadVarint(wire);
                    break;
                case 2:
                    value.Dims = ReadShape(reader, wire);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        reader.Leave(outer);
    }

    private static List<OnnxDim> ReadShape(WireReader reader, WireType messageWire)
    {
        var dims = new List<OnnxDim>();
        long outer = reader.Enter(messageWire);
        while (reader.NextField(out int field, out WireType wire))
        {
            if (field != 1)
            {
                reader.Skip(wire);
                continue;
            }

            if (dims.Count >= ImportLimits.Rank)
            {
                throw reader.Malformed($"shape of more than {ImportLimits.Rank} dimensions");
            }

            dims.Add(ReadDim(reader, wire));
        }

        reader.Leave(outer);
        return dims;
    }

    private static OnnxDim ReadDim(WireReader reader, WireType messageWire)
    {
        long? size = null;
        string symbol = "";
        long outer = reader.Enter(messageWire);
        while (reader.NextField(out int field, out WireType wire))
        {
            switch (field)
            {
                case 1:
                    size = reader.ReadVarint(wire);
                    break;
                case 2:
                    symbol = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        reader.Leave(outer);
        return new(size, symbol);
    }
}
