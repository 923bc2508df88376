using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Ir;

/// <summary>
/// JSON form of a kernel graph, as the weight file stores it. Weight sources are not part of it: a graph that was read back has none.
/// Written and read by hand, without reflection, because every start of a run reads it.
/// </summary>
public static class KernelGraphJson
{
    private const string Schema = "flashmem.kernels/1";

    public static void Write(Stream utf8, KernelGraph graph)
    {
        using var json = new Utf8JsonWriter(utf8);
        json.WriteStartObject();
        json.WriteString("schema", Schema);
        json.WriteString("model", graph.ModelName);
        json.WriteString("hash", graph.ModelHash);
        WritePorts(json, "inputs", graph.Inputs);
        WritePorts(json, "outputs", graph.Outputs);
        json.WriteStartArray("buffers");
        foreach (KernelBuffer buffer in graph.Buffers)
        {
            json.WriteStartObject();
            json.WriteString("name", buffer.Name);
            json.WriteString("type", buffer.Type.ToString());
            json.WriteNumber("elements", buffer.Elements);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("weights");
        foreach (KernelWeight weight in graph.Weights)
        {
            WriteWeight(json, weight);
        }

        json.WriteEndArray();
        json.WriteStartArray("kernels");
        foreach (KernelNode kernel in graph.Kernels)
        {
            WriteKernel(json, kernel);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <exception cref="ModelException">The text is not a kernel graph.</exception>
    public static KernelGraph Read(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return ReadGraph(document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or OverflowException or ArgumentException or IndexOutOfRangeException)
        {
            throw new ModelException($"kernel graph: {fault.Message}", fault);
        }
    }

    private static KernelGraph ReadGraph(JsonElement root)
    {
        string schema = Text(root, "schema");
        if (schema != Schema)
        {
            throw new ModelException($"kernel graph: schema '{schema}', expected '{Schema}'");
        }

        var views = new TensorViewText();
        var buffers = ImmutableArray.CreateBuilder<KernelBuffer>();
        foreach (JsonElement item in root.GetProperty("buffers").EnumerateArray())
        {
            buffers.Add(new KernelBuffer(buffers.Count, Text(item, "name"), Type(item), item.GetProperty("elements").GetInt64()));
        }

        var weights = ImmutableArray.CreateBuilder<KernelWeight>();
        foreach (JsonElement item in root.GetProperty("weights").EnumerateArray())
        {
            weights.Add(new KernelWeight(weights.Count, Text(item, "name"), ReadStorage(item), null));
        }

        var kernels = ImmutableArray.CreateBuilder<KernelNode>();
        foreach (JsonElement item in root.GetProperty("kernels").EnumerateArray())
        {
            kernels.Add(ReadKernel(item, kernels.Count, weights, views));
        }

        return new KernelGraph
        {
            ModelName = Text(root, "model"),
            ModelHash = Text(root, "hash"),
            Inputs = ReadPorts(root.GetProperty("inputs"), views),
            Outputs = ReadPorts(root.GetProperty("outputs"), views),
            Buffers = buffers.ToImmutable(),
            Weights = weights.ToImmutable(),
            Kernels = kernels.ToImmutable(),
        };
    }

    private static void WritePorts(Utf8JsonWriter json, string name, ImmutableArray<GraphPort> ports)
    {
        json.WriteStartArray(name);
        foreach (GraphPort port in ports)
        {
            json.WriteStartObject();
            json.WriteString("name", port.Name);
            json.WriteString("type", port.Type.ToString());
            json.WriteStartArray("shape");
            foreach (long dim in port.Shape.Dims)
            {
                json.WriteNumberValue(dim);
            }

            json.WriteEndArray();
            json.WriteNumber("buffer", port.Buffer);
            json.WriteString("view", port.View.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static ImmutableArray<GraphPort> ReadPorts(JsonElement array, TensorViewText text)
    {
        var ports = ImmutableArray.CreateBuilder<GraphPort>();
        foreach (JsonElement item in array.EnumerateArray())
        {
            var dims = new List<long>();
            foreach (JsonElement dim in item.GetProperty("shape").EnumerateArray())
            {
                dims.Add(dim.GetInt64());
            }

            ports.Add(new GraphPort(
                Text(item, "name"), Type(item), new Shape([.. dims]), Int(item, "buffer"), text.Parse(Text(item, "view"))));
        }

        return ports.ToImmutable();
    }

    private static void WriteWeight(Utf8JsonWriter json, KernelWeight weight)
    {
        json.WriteStartObject();
        json.WriteString("name", weight.Name);
        switch (weight.Storage)
        {
            case PanelWeight panel:
                json.WriteString("kind", "panel");
                json.WriteString("type", panel.Layout.Type.ToString());
                WritePanelLayout(json, panel.Layout);
                break;
            case RowWeight row:
                json.WriteString("kind", "row");
                json.WriteString("type", row.Type.ToString());
                json.WriteNumber("rows", row.Rows);
                json.WriteNumber("elements", row.RowElements);
                break;
            case LinearWeight linear:
                json.WriteString("kind", "linear");
                json.WriteString("type", linear.Type.ToString());
                json.WriteNumber("elements", linear.Elements);
                break;
            default:
                throw new ArgumentException($"unknown weight storage {weight.Storage.GetType().Name}", nameof(weight));
        }

        json.WriteEndObject();
    }

    private static void WritePanelLayout(Utf8JsonWriter json, PanelLayout layout)
    {
        json.WriteNumber("groups", layout.Groups);
        json.WriteNumber("depth", layout.Depth);
        json.WriteNumber("columns", layout.Columns);
        json.WriteNumber("width", layout.PanelWidth);
        if (layout.DepthInterleave != 1)
        {
            // Left out when 1, so that graphs written before it existed keep their bytes and hashes.
            json.WriteNumber("interleave", layout.DepthInterleave);
        }
    }

    private static PanelLayout ReadPanelLayout(JsonElement item)
    {
        int interleave = item.TryGetProperty("interleave", out JsonElement value) ? value.GetInt32() : 1;
        if (interleave is < 1 or > PanelLayout.LargestInterleave)
        {
            throw new ModelException(
                $"kernel graph: a depth interleave of {interleave} is not between 1 and {PanelLayout.LargestInterleave}");
        }

        return new PanelLayout(
            Int(item, "groups"), Int(item, "depth"), Int(item, "columns"), Type(item), Int(item, "width"), interleave);
    }

    private static WeightStorage ReadStorage(JsonElement item) => Text(item, "kind") switch
    {
        "panel" => new PanelWeight(ReadPanelLayout(item)),
        "row" => new RowWeight(item.GetProperty("rows").GetInt64(), Int(item, "elements"), Type(item)),
        "linear" => new LinearWeight(Type(item), item.GetProperty("elements").GetInt64()),
        string kind => throw new ModelException($"kernel graph: unknown weight kind '{kind}'"),
    };

    private static void WriteKernel(Utf8JsonWriter json, KernelNode kernel)
    {
        KernelDesc desc = kernel.Desc;
        json.WriteStartObject();
        json.WriteString("family", desc.Family.ToString());
        json.WriteString("name", desc.Name);
        json.WriteStartArray("inputs");
        for (int i = 0; i < kernel.Inputs.Length; i++)
        {
            Operand operand = kernel.Inputs[i];
            json.WriteStringValue($"{(operand.Kind == OperandKind.Buffer ? 'b' : 'w')}{operand.Id} {desc.Inputs[i]}");
        }

        json.WriteEndArray();
        json.WriteNumber("output", kernel.Output);
        json.WriteString("view", desc.Output.ToString());
        if (kernel.PanelWeight >= 0)
        {
            json.WriteNumber("panels", kernel.PanelWeight);
        }

        KernelDescJson.Write(json, desc);
        WriteProgram(json, "epilogue", desc.Epilogue);
        WriteProgram(json, "program", (desc as ElementwiseKernel)?.Program);
        if (kernel.Fetch is { } fetch)
        {
            WriteFetch(json, fetch);
        }

        json.WriteStartArray("cost");
        json.WriteNumberValue(kernel.Cost.Flops);
        json.WriteNumberValue(kernel.Cost.WeightBytes);
        json.WriteNumberValue(kernel.Cost.InputBytes);
        json.WriteNumberValue(kernel.Cost.OutputBytes);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static KernelNode ReadKernel(
        JsonElement item, int index, ImmutableArray<KernelWeight>.Builder weights, TensorViewText parser)
    {
        var operands = ImmutableArray.CreateBuilder<Operand>();
        var views = ImmutableArray.CreateBuilder<TensorView>();
        foreach (JsonElement slot in item.GetProperty("inputs").EnumerateArray())
        {
            ReadOnlySpan<char> text = slot.GetString();
            int space = text.IndexOf(' ');
            if (space < 2 || text[0] is not ('b' or 'w'))
            {
                throw new ModelException($"kernel graph: malformed operand '{text}'");
            }

            operands.Add(new Operand(
                text[0] == 'b' ? OperandKind.Buffer : OperandKind.Weight,
                int.Parse(text[1..space], NumberStyles.None, CultureInfo.InvariantCulture)));
            views.Add(parser.Parse(text[(space + 1)..]));
        }

        int panels = item.TryGetProperty("panels", out JsonElement panelWeight) ? panelWeight.GetInt32() : -1;
        PanelLayout? layout = panels < 0 ? null : (weights[panels].Storage as PanelWeight)?.Layout
            ?? throw new ModelException($"kernel graph: weight {panels} has no panels");
        KernelDesc desc = KernelDescJson.Read(
            item,
            Text(item, "name"),
            views.ToImmutable(),
            parser.Parse(Text(item, "view")),
            layout,
            ReadProgram(item, "program"));
        JsonElement cost = item.GetProperty("cost");
        return new KernelNode
        {
            Index = index,
            Desc = ReadProgram(item, "epilogue") is { } epilogue ? desc with { Epilogue = epilogue } : desc,
            Inputs = operands.ToImmutable(),
            Output = Int(item, "output"),
            PanelWeight = panels,
            Fetch = item.TryGetProperty("fetch", out JsonElement fetch) ? ReadFetch(fetch, parser) : null,
            Cost = new KernelCost(cost[0].GetInt64(), cost[1].GetInt64(), cost[2].GetInt64(), cost[3].GetInt64()),
        };
    }

    private static void WriteFetch(Utf8JsonWriter json, RowFetch fetch)
    {
        json.WriteStartObject("fetch");
        json.WriteNumber("weight", fetch.Weight);
        json.WriteNumber("ids", fetch.IdBuffer);
        if (fetch.IdView is { } view)
        {
            json.WriteString("view", view.ToString());
        }

        if (!fetch.ConstantIds.IsDefaultOrEmpty)
        {
            json.WriteStartArray("constants");
            foreach (int id in fetch.ConstantIds)
            {
                json.WriteNumberValue(id);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static RowFetch ReadFetch(JsonElement item, TensorViewText parser)
    {
        var constants = ImmutableArray.CreateBuilder<int>();
        if (item.TryGetProperty("constants", out JsonElement list))
        {
            foreach (JsonElement id in list.EnumerateArray())
            {
                constants.Add(id.GetInt32());
            }
        }

        TensorView? view = item.TryGetProperty("view", out JsonElement text) ? parser.Parse(text.GetString()) : null;
        return new RowFetch(Int(item, "weight"), Int(item, "ids"), view, constants.ToImmutable());
    }

    private static void WriteProgram(Utf8JsonWriter json, string name, ElementwiseProgram? program)
    {
        if (program is null)
        {
            return;
        }

        json.WriteStartArray(name);
        json.WriteNumberValue(program.OperandCount);
        foreach (ElementwiseInstruction step in program.Instructions)
        {
            json.WriteStartArray();
            json.WriteStringValue(step.Op.ToString());
            json.WriteStringValue(step.Type.ToString());
            if (step.Op == ElementwiseOp.Constant)
            {
                // As text: an immediate may be infinite, which JSON numbers cannot be.
                json.WriteStringValue(step.Immediate.ToString("R", CultureInfo.InvariantCulture));
            }
            else
            {
                json.WriteNumberValue(step.A);
                json.WriteNumberValue(step.B);
                json.WriteNumberValue(step.C);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static ElementwiseProgram? ReadProgram(JsonElement kernel, string name)
    {
        if (!kernel.TryGetProperty(name, out JsonElement list))
        {
            return null;
        }

        var steps = ImmutableArray.CreateBuilder<ElementwiseInstruction>(list.GetArrayLength() - 1);
        int operands = -1;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (operands < 0)
            {
                operands = item.GetInt32();
                continue;
            }

            ElementwiseOp op = Enum.Parse<ElementwiseOp>(item[0].GetString()!);
            if (!TensorViewText.TryType(item[1].GetString(), out ElementType type))
            {
                throw new ModelException($"kernel graph: unknown element type '{item[1]}'");
            }

            steps.Add(op == ElementwiseOp.Constant
                ? new ElementwiseInstruction(op, type, Immediate: double.Parse(item[2].GetString()!, CultureInfo.InvariantCulture))
                : new ElementwiseInstruction(op, type, item[2].GetInt32(), item[3].GetInt32(), item[4].GetInt32()));
        }

        return new ElementwiseProgram(operands, steps.ToImmutable());
    }

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()
        ?? throw new ModelException($"kernel graph: '{name}' is null");

    private static int Int(JsonElement item, string name) => item.GetProperty(name).GetInt32();

    private static ElementType Type(JsonElement item) => TensorViewText.TryType(Text(item, "type"), out ElementType type)
        ? type
        : throw new ModelException($"kernel graph: unknown element type '{Text(item, "type")}'");
}
