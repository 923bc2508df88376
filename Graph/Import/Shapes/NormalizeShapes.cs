using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Normalisations and softmax: the output has the input's shape.</summary>
internal static class NormalizeShapes
{
    public static void Add(Dictionary<string, ShapeRule> rules)
    {
        rules.Add("Softmax", new ShapeRule(1, 1, 1, InferSoftmax));
        rules.Add("LogSoftmax", new ShapeRule(1, 1, 1, InferSoftmax));
        rules.Add("BatchNormalization", new ShapeRule(5, 5, 5, InferBatch));
        rules.Add("InstanceNormalization", new ShapeRule(3, 3, 1, InferInstance));
        rules.Add("GroupNormalization", new ShapeRule(3, 3, 1, InferGroup));
        rules.Add("LayerNormalization", new ShapeRule(2, 3, 3, InferLayer));
        rules.Add("RMSNormalization", new ShapeRule(2, 2, 1, InferRms));
    }

    private static void InferSoftmax(ShapeContext c)
    {
        c.RequireType(0, ElementTypes.IsFloat, "a floating-point type");
        if (c.Shape(0).Rank > 0)
        {
            c.Axis(c.Attribute("axis", c.Opset < 13 ? 1 : -1), c.Shape(0).Rank);
        }

        c.Output(0, c.Type(0), c.Shape(0));
    }

    private static void InferBatch(ShapeContext c)
    {
        c.Require(c.Attribute("training_mode", 0) == 0, "training_mode is set; only inference is supported");
        RequireChannels(c, 1, 2, 3, 4);
        c.Output(0, c.Type(0), c.Shape(0));
    }

    private static void InferInstance(ShapeContext c)
    {
        c.RequireRank(0, 3);
        RequireChannels(c, 1, 2);
        c.Output(0, c.Type(0), c.Shape(0));
    }

    private static void InferGroup(ShapeContext c)
    {
        c.RequireRank(0, 2);
        Shape shape = c.Shape(0);
        long groups = c.Attribute("num_groups", 0);
        c.Require(groups > 0 && shape[1] % groups == 0, $"{groups} groups do not divide the {shape[1]} channels of {shape}");
        if (c.Opset >= 21)
        {
            RequireChannels(c, 1, 2);
        }
        else
        {
            RequireVectors(c, groups, 1, 2);
        }

        c.Output(0, c.Type(0), shape);
    }

    private static void InferLayer(ShapeContext c)
    {
        int axis = RequireScale(c, 1, 2);
        Shape shape = c.Shape(0);
        c.Output(0, c.Type(0), shape);
        var statistics = new Shape([.. shape.Dims.Select((dim, i) => i < axis ? dim : 1)]);
        c.Output(1, ElementType.Float32, statistics);
        c.Output(2, ElementType.Float32, statistics);
    }

    private static void InferRms(ShapeContext c)
    {
        RequireScale(c, 1);
        c.Output(0, c.Type(0), c.Shape(0));
    }

    private static int RequireScale(ShapeContext c, params ReadOnlySpan<int> inputs)
    {
        c.RequireRank(0, 1);
        Shape shape = c.Shape(0);
        int axis = c.Axis(c.Attribute("axis", -1), shape.Rank);
        foreach (int input in inputs)
        {
            if (c.Has(input))
            {
                c.Require(
                    Broadcast.TryJoin(shape, c.Shape(input)) == shape,
                    $"input '{c.Node.Inputs[input]}' {c.Shape(input)} does not broadcast to {shape}");
            }
        }

        return axis;
    }

    private static void RequireChannels(ShapeContext c, params ReadOnlySpan<int> inputs)
    {
        c.RequireRank(0, 2);
        RequireVectors(c, c.Shape(0)[1], inputs);
    }

    private static void RequireVectors(ShapeContext c, long length, params ReadOnlySpan<int> inputs)
    {
        foreach (int input in inputs)
        {
            c.Require(
                c.Shape(input) == new Shape(length), $"input '{c.Node.Inputs[input]}' has shape {c.Shape(input)} instead of [{length}]");
        }
    }
}
