using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>Operators that are expressions over their input and constants made here: batch normalisation, Trilu and OneHot.</summary>
internal static class ExpressionOperators
{
    /// <summary>Inference form: (x - mean) * scale / sqrt(variance + epsilon) + bias, per channel.</summary>
    public static void BatchNormalization(LoweringContext context, Node node)
    {
        if (node.Attribute("training_mode", 0L) != 0)
        {
            throw node.Unsupported("training mode");
        }

        LoweredValue x = context.Input(node, 0);
        var expression = new Expression(x.Shape);
        var dims = new long[Math.Max(1, x.Rank - 1)];
        Array.Fill(dims, 1);
        dims[0] = x.Rank > 1 ? x.Shape[1] : x.Shape[0];
        int scale = Channel(1);
        int bias = Channel(2);
        int mean = Channel(3);
        int variance = Channel(4);
        int epsilon = expression.Constant(node.Attribute("epsilon", 1e-5f), ElementType.Float32);
        int deviation = expression.Emit(ElementwiseOp.SquareRoot, expression.Emit(ElementwiseOp.Add, variance, epsilon));
        int factor = expression.Emit(ElementwiseOp.Divide, scale, deviation);
        int centred = expression.Emit(ElementwiseOp.Subtract, expression.Read(x), mean);
        int result = expression.Emit(ElementwiseOp.Add, expression.Emit(ElementwiseOp.Multiply, centred, factor), bias);
        Bind(context, node, expression, result);

        int Channel(int input)
        {
            LoweredValue value = context.Input(node, input);
            return expression.Read(value, context.Reshape(node.Label(), value, new Shape(dims)).BroadcastTo(x.Shape));
        }
    }

    /// <summary>Keeps a triangle of the last two axes.</summary>
    public static void Trilu(LoweringContext context, Node node)
    {
        LoweredValue x = context.Input(node, 0);
        long diagonal = context.KnownIntegers(node, 1) is { } known ? known[0] : 0;
        bool upper = node.Attribute("upper", 1L) != 0;
        var shape = new Shape(x.Shape.Dims[^2], x.Shape.Dims[^1]);
        var mask = new int[shape.ElementCount];
        for (long row = 0; row < shape[0]; row++)
        {
            for (long column = 0; column < shape[1]; column++)
            {
                bool kept = upper ? column - row >= diagonal : column - row <= diagonal;
                mask[(row * shape[1]) + column] = kept ? 1 : 0;
            }
        }

        var expression = new Expression(x.Shape);
        int keep = expression.Read(LoweringContext.Made($"{node.Outputs[0]}.mask", ConstantNumbers.FromInts(shape, mask)));
        int zero = expression.Constant(0, x.View.Type);
        Bind(context, node, expression, expression.Emit(ElementwiseOp.Select, expression.Read(x), zero, keep));
    }

    /// <summary>Compares the indices with the positions of a new axis.</summary>
    public static void OneHot(LoweringContext context, Node node)
    {
        LoweredValue indices = context.Input(node, 0);
        LoweredValue values = context.Input(node, 2);
        Shape shape = context.Info(node.Outputs[0]).Shape;
        int axis = node.Axis(node.Attribute("axis", -1L), shape.Rank);
        int depth = checked((int)shape[axis]);
        var positions = new int[depth];
        var dims = new long[shape.Rank];
        Array.Fill(dims, 1);
        dims[axis] = depth;
        for (int i = 0; i < depth; i++)
        {
            positions[i] = i;
        }

        var expression = new Expression(shape);
        int position = expression.Read(
            LoweringContext.Made($"{node.Outputs[0]}.positions", ConstantNumbers.FromInts(new Shape(dims), positions)));
        int index = expression.Read(indices, indices.View.InsertAxis(axis).BroadcastTo(shape));
        index = expression.Convert(index, ElementType.Int32);
        int fromEnd = expression.Emit(ElementwiseOp.Add, index, expression.Constant(depth, ElementType.Int32));
        int negative = expression.Emit(ElementwiseOp.Less, index, expression.Constant(0, ElementType.Int32));
        int hot = expression.Emit(
            ElementwiseOp.Equal, expression.Emit(ElementwiseOp.Select, fromEnd, index, negative), position);
        Bind(context, node, expression, expression.Emit(ElementwiseOp.Select, Element(1), Element(0), hot));

        int Element(long at)
        {
            TensorView element = values.View.TrySlice(0, at, 1, 1)!.RemoveAxis(0);
            return expression.Read(
                new LoweredValue(values.Name, values.Storage, element, uses: 2, exclusive: false), element.BroadcastTo(shape));
        }
    }

    /// <summary>Shape and Size: known from the inferred shape.</summary>
    public static void StaticShape(LoweringContext context, Node node)
    {
        ImmutableArray<long> dims = context.Input(node, 0).Shape.Dims;
        ConstantTensor tensor;
        if (node.OpType == "Size")
        {
            tensor = ConstantNumbers.FromLongs(Shape.Scalar, [context.Input(node, 0).Shape.ElementCount]);
        }
        else
        {
            int start = Bound(node.Attribute("start", 0L));
            int end = Bound(node.Attribute("end", (long)dims.Length));
            ReadOnlySpan<long> part = dims.AsSpan()[start..Math.Max(start, end)];
            tensor = ConstantNumbers.FromLongs(new Shape(part.Length), part);
        }

        context.BindConstant(new ConstantStorage(new ValueInfo(node.Outputs[0], tensor.Type, tensor.Shape)) { Tensor = tensor });

        int Bound(long bound) => (int)Math.Clamp(bound < 0 ? bound + dims.Length : bound, 0, dims.Length);
    }

    private static void Bind(LoweringContext context, Node node, Expression expression, int result) => context.BindAs(
        node.Outputs[0], ExpressionEmitter.Emit(context, expression, result, node.Label(), node.Outputs[0]));
}
