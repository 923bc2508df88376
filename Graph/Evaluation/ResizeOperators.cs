using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Import.Shapes;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Resampling, one axis after the other: every mode of ONNX Resize is a product of one-dimensional filters.</summary>
internal static class ResizeOperators
{
    public static void Add(Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators)
    {
        operators.Add("Resize", c => [Resize(c)]);
        operators.Add("Upsample", c => [Resize(c)]);
    }

    private static ConstantTensor Resize(EvaluationContext c)
    {
        ImmutableArray<ResizeAxis> axes = ResizeGeometry.Resolve(c.Shapes);
        ResizeFilter filter = ResizeFilter.Of(c.Node, c.Shapes.Opset);
        double[] values = Conversion.ToDouble(c.Input(0));
        Shape shape = c.Input(0).Shape;
        var outside = new bool[axes.Length][];
        for (int axis = 0; axis < axes.Length; axis++)
        {
            if (filter.Passes(axes[axis]))
            {
                continue;
            }

            ResizeTap[] taps = filter.Taps(axes[axis]);
            outside[axis] = [.. taps.Select(tap => tap.Outside)];
            values = Apply(values, shape, axis, taps);
            shape = new Shape([.. shape.Dims.SetItem(axis, taps.Length)]);
        }

        Extrapolate(values, shape, outside, c.Node.Attribute("extrapolation_value", 0f));
        return Conversion.FromDouble(c.Type, c.Shape, values);
    }

    private static double[] Apply(double[] source, Shape shape, int axis, ResizeTap[] taps)
    {
        int outer = (int)new Shape(shape.Dims.AsSpan(0, axis)).ElementCount;
        int inner = (int)new Shape(shape.Dims.AsSpan()[(axis + 1)..]).ElementCount;
        int extent = (int)shape[axis];
        var result = new double[checked(outer * taps.Length * inner)];
        for (int o = 0; o < outer; o++)
        {
            for (int t = 0; t < taps.Length; t++)
            {
                Span<double> target = result.AsSpan(((o * taps.Length) + t) * inner, inner);
                foreach ((int index, double weight) in taps[t].Weights)
                {
                    ReadOnlySpan<double> row = source.AsSpan(((o * extent) + index) * inner, inner);
                    for (int i = 0; i < inner; i++)
                    {
                        target[i] += weight * row[i];
                    }
                }
            }
        }

        return result;
    }

    // Positions whose coordinate falls outside the input on any axis take the extrapolation value.
    private static void Extrapolate(double[] values, Shape shape, bool[]?[] outside, double value)
    {
        if (!outside.Any(axis => axis is not null && axis.Contains(true)))
        {
            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            long rest = i;
            for (int axis = shape.Rank - 1; axis >= 0; axis--)
            {
                if (outside[axis] is { } flags && flags[rest % shape[axis]])
                {
                    values[i] = value;
                }

                rest /= shape[axis];
            }
        }
    }
}
