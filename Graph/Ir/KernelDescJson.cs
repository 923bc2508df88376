using System.Collections.Immutable;
using System.Text.Json;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Ir;

/// <summary>The attributes of each kernel family as properties of a kernel's JSON object.</summary>
internal static class KernelDescJson
{
    public static void Write(Utf8JsonWriter json, KernelDesc desc)
    {
        switch (desc)
        {
            case ConvKernel conv:
                WritePair(json, "kernel", conv.Kernel);
                WritePair(json, "strides", conv.Strides);
                WritePair(json, "dilations", conv.Dilations);
                WritePads(json, conv.Pads);
                json.WriteNumber("groups", conv.Groups);
                WritePair(json, "inputDilation", conv.InputDilation);
                break;
            case AttentionKernel attention:
                json.WriteNumber("scale", attention.Scale);
                json.WriteBoolean("hasMask", attention.HasMask);
                break;
            case SoftmaxKernel softmax:
                json.WriteBoolean("logarithm", softmax.Logarithm);
                break;
            case NormalizeKernel normalize:
                json.WriteString("mode", normalize.Mode.ToString());
                json.WriteNumber("epsilon", normalize.Epsilon);
                json.WriteBoolean("hasScale", normalize.HasScale);
                json.WriteBoolean("hasBias", normalize.HasBias);
                break;
            case ReduceKernel reduce:
                json.WriteString("op", reduce.Op.ToString());
                break;
            case PoolKernel pool:
                json.WriteString("mode", pool.Mode.ToString());
                WritePair(json, "kernel", pool.Kernel);
                WritePair(json, "strides", pool.Strides);
                WritePair(json, "dilations", pool.Dilations);
                WritePads(json, pool.Pads);
                break;
            case ResizeKernel resize:
                json.WriteString("mode", resize.Mode.ToString());
                json.WriteString("transform", resize.Transform.ToString());
                json.WriteString("rounding", resize.Rounding.ToString());
                json.WriteNumber("cubic", resize.CubicCoefficient);
                json.WriteBoolean("excludeOutside", resize.ExcludeOutside);
                json.WriteNumber("scaleHeight", resize.ScaleHeight);
                json.WriteNumber("scaleWidth", resize.ScaleWidth);
                break;
            case GatherKernel gather:
                json.WriteString("mode", gather.Mode.ToString());
                json.WriteNumber("axis", gather.Axis);
                json.WriteNumber("batchDims", gather.BatchDims);
                json.WriteString("rowType", gather.RowType.ToString());
                break;
            case ScatterKernel scatter:
                json.WriteString("mode", scatter.Mode.ToString());
                json.WriteNumber("axis", scatter.Axis);
                json.WriteString("reduction", scatter.Reduction.ToString());
                break;
            case MatMulKernel or ElementwiseKernel or CopyKernel:
                break;
            default:
                throw new ArgumentException($"unknown kernel family {desc.Family}", nameof(desc));
        }
    }

    public static KernelDesc Read(
        JsonElement item,
        string name,
        ImmutableArray<TensorView> inputs,
        TensorView output,
        PanelLayout? weight,
        ElementwiseProgram? program) => item.GetProperty("family").GetString() switch
        {
            "MatMul" => new MatMulKernel { Name = name, Inputs = inputs, Output = output, Weight = weight },
            "Conv" => new ConvKernel
            {
                Name = name,
                Inputs = inputs,
                Output = output,
                Weight = weight,
                Kernel = Pair(item, "kernel"),
                Strides = Pair(item, "strides"),
                Dilations = Pair(item, "dilations"),
                Pads = Pads(item),
                Groups = item.GetProperty("groups").GetInt32(),
                InputDilation = Pair(item, "inputDilation"),
            },
            "Attention" => new AttentionKernel
            {
                Name = name,
                Inputs = inputs,
                Output = output,
                Scale = item.GetProperty("scale").GetSingle(),
                HasMask = item.GetProperty("hasMask").GetBoolean(),
            },
            "Elementwise" => new ElementwiseKernel
            {
                Name = name,
                Inputs = inputs,
                Output = output,
                Program = program ?? throw new ModelException($"kernel graph: '{name}' has no program"),
            },
            "Softmax" => new SoftmaxKernel
            {
                Name = name, Inputs = inputs, Output = output, Logarithm = item.GetProperty("logarithm").GetBoolean(),
            },
            "Normalize" => new NormalizeKernel
            {
                Name = name,
                Inputs = inputs,
                Output = output,
                Mode = Value<NormalizeMode>(item, "mode"),
                Epsilon = item.GetProperty("epsilon").GetSingle(),
                HasScale = item.GetProperty("hasScale").GetBoolean(),
                HasBias = item.GetProperty("hasBias").GetBoolean(),
            },
            "Reduce" => new ReduceKernel { Name = name, Inputs = inputs, Output = output, Op = Value<ReduceOp>(item, "op") },
            "Pool" => new PoolKernel
            {
                Name = name,
                Inputs = inputs,
                Output = output,
                Mode = Value<PoolMode>(item, "mode"),
                Kernel = Pair(item, "kernel"),
                Strides = Pair(item, "strides"),
                Dilations = Pair(item, "dilations"),
                Pads = Pads(item),
            },
            "Resize" => new ResizeKernel
            {
                Name = name,
                Inputs = inputs,
                Output = output,
                Mode = Value<ResizeMode>(item, "mode"),
                Transform = Value<CoordinateTransform>(item, "transform"),
                Rounding = Value<NearestRounding>(item, "rounding"),
                CubicCoefficient = item.GetProperty("cubic").GetSingle(),
                ExcludeOutside = item.GetProperty("excludeOutside").GetBoolean(),
                ScaleHeight = item.GetProperty("scaleHeight").GetSingle(),
                ScaleWidth = item.GetProperty("scaleWidth").GetSingle(),
            },
            "Gather" => new GatherKernel
            {
                Name = name,
                Inputs = inputs,
                Output = output,
                Mode = Value<GatherMode>(item, "mode"),
                Axis = item.GetProperty("axis").GetInt32(),
                BatchDims = item.GetProperty("batchDims").GetInt32(),
                RowType = Value<ElementType>(item, "rowType"),
            },
            "Scatter" => new ScatterKernel
            {
                Name = name,
                Inputs = inputs,
                Output = output,
                Mode = Value<ScatterMode>(item, "mode"),
                Axis = item.GetProperty("axis").GetInt32(),
                Reduction = Value<ScatterReduction>(item, "reduction"),
            },
            "Copy" => new CopyKernel { Name = name, Inputs = inputs, Output = output },
            string family => throw new ModelException($"kernel graph: unknown kernel family '{family}'"),
            null => throw new ModelException("kernel graph: a kernel has no family"),
        };

    private static void WritePair(Utf8JsonWriter json, string name, Extent2D pair)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(pair.Height);
        json.WriteNumberValue(pair.Width);
        json.WriteEndArray();
    }

    private static Extent2D Pair(JsonElement item, string name)
    {
        JsonElement pair = item.GetProperty(name);
        return new Extent2D(pair[0].GetInt32(), pair[1].GetInt32());
    }

    private static void WritePads(Utf8JsonWriter json, Padding2D pads)
    {
        json.WriteStartArray("pads");
        json.WriteNumberValue(pads.Top);
        json.WriteNumberValue(pads.Left);
        json.WriteNumberValue(pads.Bottom);
        json.WriteNumberValue(pads.Right);
        json.WriteEndArray();
    }

    private static Padding2D Pads(JsonElement item)
    {
        JsonElement pads = item.GetProperty("pads");
        return new Padding2D(pads[0].GetInt32(), pads[1].GetInt32(), pads[2].GetInt32(), pads[3].GetInt32());
    }

    private static T Value<T>(JsonElement item, string name)
        where T : struct, Enum => Enum.Parse<T>(item.GetProperty(name).GetString()!);
}
