using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes;
using FlashMem.Graph.Passes.Editing;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>The composites by their documented schemas.</summary>
internal static class ReferenceComposites
{
    public static ReferenceTensor Evaluate(Node node, ReferenceTensor?[] inputs)
    {
        ReferenceTensor x = inputs[0]!;
        ReferenceTensor? second = inputs.ElementAtOrDefault(1);
        ReferenceTensor? third = inputs.ElementAtOrDefault(2);
        float epsilon = node.Attributes.TryGetValue(Composites.Epsilon, out object? value) ? (float)value : 0;
        switch (node.OpType)
        {
            case Composites.Gelu:
                bool isErf = (string)node.Attributes[Composites.Approximate] == "none";
                return x.Map(isErf ? ReferenceOperators.Gelu : ReferenceOperators.GeluTanh);
            case Composites.Silu:
                return x.Map(each => each / (1 + Math.Exp(-each)));
            case Composites.LayerNorm:
                return Affine(x.MapRuns((int)(long)node.Attributes[Composites.Axis], run => Center(run, epsilon)), second, third);
            case Composites.RmsNorm:
                return Affine(x.MapRuns((int)(long)node.Attributes[Composites.Axis], run => Root(run, epsilon)), second, null);
            case Composites.GroupNorm:
                long groups = (long)node.Attributes[Composites.Groups];
                ReferenceTensor grouped = x.Reshape(new Shape(x.Shape[0], groups, x.Shape.ElementCount / x.Shape[0] / groups));
                return Affine(
                    grouped.MapRuns(2, run => Center(run, epsilon)).Reshape(x.Shape), Channels(second, x.Shape), Channels(third, x.Shape));
            case Composites.Attention:
                return Attention(node, x, second!, third!, inputs.ElementAtOrDefault(3));
            default:
                throw new NotSupportedException(node.ToString());
        }
    }

    public static IEnumerable<double> Center(double[] run, double epsilon)
    {
        double mean = run.Average();
        double deviation = Math.Sqrt(run.Average(each => (each - mean) * (each - mean)) + epsilon);
        return run.Select(each => (each - mean) / deviation);
    }

    public static ReferenceTensor Affine(ReferenceTensor x, ReferenceTensor? scale, ReferenceTensor? bias)
    {
        Shape shape = x.Shape;
        x = scale is null ? x : ReferenceTensor.Zip(x, scale, (a, b) => a * b);
        x = bias is null ? x : ReferenceTensor.Zip(x, bias, (a, b) => a + b);
        Assert.Equal(shape, x.Shape);
        return x;
    }

    public static ReferenceTensor? Channels(ReferenceTensor? operand, Shape x) =>
        operand?.Reshape(new Shape([x[1], .. Enumerable.Repeat(1L, x.Rank - 2)]));

    private static IEnumerable<double> Root(double[] run, double epsilon)
    {
        double deviation = Math.Sqrt(run.Average(each => each * each) + epsilon);
        return run.Select(each => each / deviation);
    }

    private static ReferenceTensor Attention(Node node, ReferenceTensor q, ReferenceTensor k, ReferenceTensor v, ReferenceTensor? mask)
    {
        float scale = (float)node.Attributes[Composites.Scale];
        Assert.Equal(q.Shape.Dims[..^2], k.Shape.Dims[..^2]);
        Assert.Equal(q.Shape.Dims[..^2], v.Shape.Dims[..^2]);
        int rank = k.Shape.Rank;
        ReferenceTensor scores = ReferenceTensor.MatMul(q, k.Transpose([.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2]));
        scores = Affine(scores.Map(each => each * scale), null, mask);
        return ReferenceTensor.MatMul(scores.MapRuns(rank - 1, ReferenceOperators.Softmax), v);
    }
}
