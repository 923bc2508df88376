using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Convolutions.</summary>
internal static class ConvShapes
{
    public static void Add(Dictionary<string, ShapeRule> rules)
    {
        rules.Add("Conv", new ShapeRule(2, 3, 1, InferConv));
        rules.Add("ConvTranspose", new ShapeRule(2, 3, 1, InferConvTranspose));
    }

    private static void InferConv(ShapeContext c)
    {
        (Shape input, Shape weight, long group) = Operands(c);
        c.Require(
            weight[1] > 0 && input[1] == checked(weight[1] * group) && weight[0] % group == 0,
            $"weight {weight} in {group} groups does not fit input {input}");
        RequireBias(c, weight[0]);
        ImmutableArray<WindowAxis> axes = WindowGeometry.Forward(c, input, Kernel(c, weight), ceil: false);
        c.Output(0, c.Type(0), [input[0], weight[0], .. axes.Select(axis => axis.Output)]);
    }

    private static void InferConvTranspose(ShapeContext c)
    {
        (Shape input, Shape weight, long group) = Operands(c);
        c.Require(
            input[1] == weight[0] && input[1] % group == 0, $"weight {weight} in {group} groups does not fit input {input}");
        long channels = checked(weight[1] * group);
        RequireBias(c, channels);
        ImmutableArray<WindowAxis> axes = WindowGeometry.Transposed(c, input, Kernel(c, weight));
        c.Output(0, c.Type(0), [input[0], channels, .. axes.Select(axis => axis.Output)]);
    }

    private static (Shape Input, Shape Weight, long Group) Operands(ShapeContext c)
    {
        c.RequireSameType(0, 1, 2);
        c.RequireRank(0, 3);
        Shape input = c.Shape(0);
        c.RequireRank(1, input.Rank, input.Rank);
        long group = c.Attribute("group", 1);
        c.Require(group > 0, $"group is {group}");
        return (input, c.Shape(1), group);
    }

    private static ImmutableArray<long> Kernel(ShapeContext c, Shape weight)
    {
        ImmutableArray<long> kernel = [.. weight.Dims.Skip(2)];
        if (c.Integers("kernel_shape") is { } given)
        {
            c.Require(given.SequenceEqual(kernel), $"kernel_shape [{string.Join(", ", given)}] does not fit weight {weight}");
        }

        return kernel;
    }

    private static void RequireBias(ShapeContext c, long channels)
    {
        if (c.Has(2))
        {
            c.Require(c.Shape(2) == new Shape(channels), $"bias has shape {c.Shape(2)} instead of [{channels}]");
        }
    }
}
