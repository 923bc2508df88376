using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>
/// Pad that grows a tensor. With a constant value the result is filled and the input copied into its inner region; the other modes read
/// each padded axis by constant indices.
/// </summary>
internal static class PadOperator
{
    /// <summary>Elements to add before every axis, then after every axis; null when they are not known before the run.</summary>
    public static long[]? Amounts(LoweringContext context, Node node)
    {
        int rank = context.Info(node.Inputs[0]).Shape.Rank;
        if ((node.Integers("pads") ?? node.Integers("paddings")) is { } listed)
        {
            return [.. listed];
        }

        if (!node.Has(1) || context.Known(context.Input(node, 1)) is null)
        {
            return null;
        }

        long[] given = context.KnownIntegers(node, 1)!;
        if (context.KnownIntegers(node, 3) is not { } axes)
        {
            return given;
        }

        var amounts = new long[2 * rank];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = node.Axis(axes[i], rank);
            amounts[axis] = given[i];
            amounts[axis + rank] = given[i + axes.Length];
        }

        return amounts;
    }

    public static void Lower(LoweringContext context, Node node)
    {
        long[] amounts = Amounts(context, node) ?? throw node.Unsupported("the padding is not a constant");
        LoweredValue source = context.Input(node, 0);
        Shape shape = context.Info(node.Outputs[0]).Shape;
        if (node.Attribute("mode", "constant") is not "constant" and string mode)
        {
            ByIndex(context, node, source, amounts, shape, mode);
            return;
        }

        ElementType type = source.View.Type;
        var buffer = new DraftBuffer(node.Outputs[0], type, shape.ElementCount);
        TensorView target = shape.Rank == 4 && source.View.InnerStride(1) == 1 && source.Shape[1] > 1
            ? ViewOperations.ChannelsLast(type, shape)
            : TensorView.Dense(type, shape);
        Fill(context, node, buffer, type);

        TensorView inner = target;
        LoweredValue cropped = source;
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            long before = amounts[axis];
            long after = amounts[axis + shape.Rank];
            long extent = source.Shape[axis];
            long count = extent + Math.Min(before, 0) + Math.Min(after, 0);
            inner = count == shape[axis] ? inner : inner.TrySlice(axis, Math.Max(before, 0), count, 1)!;
            if (count != extent)
            {
                TensorView slice = context.Slice(node.Label(), cropped, axis, Math.Max(-before, 0), count, 1);
                cropped = new LoweredValue(source.Name, cropped.Storage, slice, uses: 1, exclusive: false);
            }
        }

        context.EmitCopy(node.Label(), cropped.Storage, cropped.View, buffer, inner);
        context.BindResult(node.Outputs[0], buffer, target);
    }

    private static void Fill(LoweringContext context, Node node, DraftBuffer buffer, ElementType type)
    {
        if (buffer.Elements == 0)
        {
            return;
        }

        TensorView all = TensorView.Dense(type, new Shape(buffer.Elements));
        var fill = new DraftKernel(
            node.Label(), new ElementwiseKernel { Name = "", Inputs = [], Output = all, Program = new(0, []) }, buffer, all, type);
        var expression = new Expression(new Shape(buffer.Elements));
        if (context.Optional(node, 2) is not { } value)
        {
            fill.Program.Add(new ElementwiseInstruction(ElementwiseOp.Constant, type, Immediate: node.Attribute("value", 0f)));
        }
        else if (expression.Read(value, value.View.TryReshape(Shape.Scalar)!.BroadcastTo(expression.Shape)) >= DraftKernel.FirstInstruction)
        {
            fill.Program.AddRange(expression.Instructions);
        }
        else
        {
            int operand = fill.Operand(value.Storage, expression.Sources[0].View);
            fill.Program.Add(new ElementwiseInstruction(ElementwiseOp.Maximum, type, operand, operand));
        }

        context.Append(fill);
    }

    private static void ByIndex(
        LoweringContext context, Node node, LoweredValue source, long[] amounts, Shape shape, string mode)
    {
        LoweredValue value = source;
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            long extent = source.Shape[axis];
            if (amounts[axis] == 0 && amounts[axis + shape.Rank] == 0)
            {
                continue;
            }

            var indices = new int[shape[axis]];
            for (int i = 0; i < indices.Length; i++)
            {
                indices[i] = checked((int)Reflected(node, mode, i - amounts[axis], extent));
            }

            LoweredValue table = LoweringContext.Made(
                $"{node.Outputs[0]}.indices{axis}", ConstantNumbers.FromInts(new Shape(indices.Length), indices));
            value = GatherOperators.GatherAxis(context, node, value, axis, table, new Shape(indices.Length));
        }

        context.BindAs(node.Outputs[0], value);
    }

    private static long Reflected(Node node, string mode, long position, long extent)
    {
        switch (mode)
        {
            case "edge":
                return Math.Clamp(position, 0, extent - 1);
            case "wrap":
                return ((position % extent) + extent) % extent;
            case "reflect" when extent == 1:
                return 0;
            case "reflect":
                long period = 2 * (extent - 1);
                long folded = ((position % period) + period) % period;
                return folded < extent ? folded : period - folded;
            default:
                throw node.Unsupported($"padding mode '{mode}'");
        }
    }
}
