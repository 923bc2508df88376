using FlashMem.Graph.Import.Wire;

namespace FlashMem.Graph.Import.Onnx;

/// <summary>Reads a ModelProto and its graph.</summary>
internal static class OnnxModelParser
{
    public static OnnxModel Read(WireReader reader)
    {
        var model = new OnnxModel();
        while (reader.NextField(out int field, out WireType wire))
        {
            switch (field)
            {
                case 7:
                    if (model.HasGraph)
                    {
                        throw reader.Malformed("second graph");
                    }

                    model.HasGraph = true;
                    ReadGraph(reader, wire, model);
                    break;
                case 8:
                    ReadOpset(reader, wire, model);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        return model;
    }

    private static void ReadOpset(WireReader reader, WireType messageWire, OnnxModel model)
    {
        string domain = "";
        long version = 0;
        long outer = reader.Enter(messageWire);
        while (reader.NextField(out int field, out WireType wire))
        {
            switch (field)
            {
                case 1:
                    domain = reader.ReadString(wire, ImportLimits.TextBytes);
                    break;
                case 2:
                    version = reader.ReadVarint(wire);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        reader.Leave(outer);
        domain = domain == "ai.onnx" ? "" : domain;
        if (!model.Opsets.TryAdd(domain, version) && model.Opsets[domain] != version)
        {
            throw reader.Malformed($"operator set '{domain}' imported with versions {model.Opsets[domain]} and {version}");
        }
    }

    private static void ReadGraph(WireReader reader, WireType messageWire, OnnxModel model)
    {
        long outer = reader.Enter(messageWire);
        while (reader.NextField(out int field, out WireType wire))
        {
            switch (field)
            {
                case 1:
                    Add(reader, model.Nodes, OnnxNodeParser.Read(reader, wire), "nodes");
                    break;
                case 5:
                    Add(reader, model.Initializers, OnnxTensorParser.Read(reader, wire), "initializers");
                    break;
                case 11:
                    Add(reader, model.Inputs, OnnxValueParser.Read(reader, wire), "inputs");
                    break;
                case 12:
                    Add(reader, model.Outputs, OnnxValueParser.Read(reader, wire), "outputs");
                    break;
                case 15:
                    model.HasSparseInitializers = true;
                    reader.Skip(wire);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        reader.Leave(outer);
    }

    private static void Add<T>(WireReader reader, List<T> list, T item, string what)
    {
        if (list.Count >= ImportLimits.GraphItems)
        {
            throw reader.Malformed($"more than {ImportLimits.GraphItems} {what}");
        }

        list.Add(item);
    }
}
