using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>Reduce*, global pooling, ArgMax, ArgMin and LpNormalization.</summary>
internal static class ReduceOperators
{
    public static void Reduce(LoweringContext context, Node node)
    {
        ReduceOp op = node.OpType switch
        {
            "ReduceSum" => ReduceOp.Sum,
            "ReduceMean" => ReduceOp.Mean,
            "ReduceMax" => ReduceOp.Maximum,
            "ReduceMin" => ReduceOp.Minimum,
            "ReduceProd" => ReduceOp.Product,
            "ReduceL1" => ReduceOp.L1,
            "ReduceL2" => ReduceOp.L2,
            "ReduceSumSquare" => ReduceOp.SumSquare,
            "ReduceLogSum" => ReduceOp.LogSum,
            "ReduceLogSumExp" => ReduceOp.LogSumExp,
            _ => throw node.Unsupported(),
        };
        LoweredValue x = context.Input(node, 0);
        long[] axes = context.KnownIntegers(node, 1) ?? (node.Integers("axes") is { } listed ? [.. listed] : []);
        if (axes.Length == 0 && node.Attribute("noop_with_empty_axes", 0L) != 0)
        {
            context.BindView(node.Outputs[0], x, x.View);
            return;
        }

        int[] reduced = axes.Length == 0
            ? ViewOperations.Range(0, x.Rank)
            : [.. axes.Select(axis => node.Axis(axis, x.Rank)).Distinct().Order()];
        context.BindAs(node.Outputs[0], Emit(context, node, x, x.View, reduced, op, node.Attribute("keepdims", 1L) != 0));
    }

    public static void GlobalPool(LoweringContext context, Node node)
    {
        ReduceOp op = node.OpType switch
        {
            "GlobalAveragePool" => ReduceOp.Mean,
            "GlobalMaxPool" => ReduceOp.Maximum,
            "GlobalLpPool" => node.Attribute("p", 2L) switch
            {
                1 => ReduceOp.L1,
                2 => ReduceOp.L2,
                long p => throw node.Unsupported($"norm of order {p}"),
            },
            _ => throw node.Unsupported(),
        };
        LoweredValue x = context.Input(node, 0);
        int[] spatial = ViewOperations.Range(2, x.Rank - 2);
        context.BindAs(node.Outputs[0], Emit(context, node, x, x.View, spatial, op, keepAxes: true));
    }

    public static void ArgReduce(LoweringContext context, Node node)
    {
        LoweredValue x = context.Input(node, 0);
        int axis = node.Axis(node.Attribute("axis", 0L), x.Rank);
        bool last = node.Attribute("select_last_index", 0L) != 0;
        ReduceOp op = node.OpType == "ArgMax" ? ReduceOp.ArgMaximum : ReduceOp.ArgMinimum;
        long extent = x.Shape[axis];
        TensorView view = last ? context.Slice(node.Label(), x, axis, extent - 1, extent, -1) : x.View;
        LoweredValue result = Emit(context, node, x, view, [axis], op, node.Attribute("keepdims", 1L) != 0);
        if (last)
        {
            // The first one from the back, counted from the front.
            var expression = new Expression(result.Shape);
            int position = expression.Emit(
                ElementwiseOp.Subtract, expression.Constant(extent - 1, ElementType.Int32), expression.Read(result));
            result = ExpressionEmitter.Emit(context, expression, position, node.Label(), node.Outputs[0]);
        }

        context.BindAs(node.Outputs[0], result);
    }

    /// <summary>x divided by its norm along an axis.</summary>
    public static void LpNormalization(LoweringContext context, Node node)
    {
        LoweredValue x = context.Input(node, 0);
        int axis = node.Axis(node.Attribute("axis", -1L), x.Rank);
        ReduceOp op = node.Attribute("p", 2L) switch
        {
            1 => ReduceOp.L1,
            2 => ReduceOp.L2,
            long p => throw node.Unsupported($"norm of order {p}"),
        };
        LoweredValue norm = Emit(context, node, x, x.View, [axis], op, keepAxes: true);
        var expression = new Expression(x.Shape);
        int divisor = expression.Read(norm);
        int quotient = expression.Emit(ElementwiseOp.Divide, expression.Read(x), divisor);
        int isZero = expression.Emit(ElementwiseOp.Equal, divisor, expression.Constant(0, ElementType.Float32));
        int result = expression.Emit(ElementwiseOp.Select, expression.Constant(0, ElementType.Float32), quotient, isZero);
        context.BindAs(
            node.Outputs[0], ExpressionEmitter.Emit(context, expression, result, node.Label(), node.Outputs[0]));
    }

    private static LoweredValue Emit(
        LoweringContext context, Node node, LoweredValue x, TensorView view, int[] reduced, ReduceOp op, bool keepAxes)
    {
        int[] kept = [.. ViewOperations.Range(0, view.Rank).Where(axis => Array.IndexOf(reduced, axis) < 0)];
        bool argument = op is ReduceOp.ArgMaximum or ReduceOp.ArgMinimum;
        ElementType type = argument ? ElementType.Int32 : view.Type;

        // What remains keeps the input's memory order; reduced axes are 1 or gone.
        TensorView order = view.Group([.. kept.Select(static axis => new[] { axis })]).WithType(type).DenseLike();
        int[] outer = order.MemoryOrder(ViewOperations.Range(0, order.Rank));
        TensorView value = order;
        if (keepAxes)
        {
            var axes = new int[view.Rank][];
            Array.Fill(axes, []);
            for (int i = 0; i < kept.Length; i++)
            {
                axes[kept[i]] = [i];
            }

            value = order.Group(axes);
        }

        var buffer = new DraftBuffer(node.Outputs[0], type, order.ElementCount);
        if (buffer.Elements > 0)
        {
            TensorView output = order.Group([outer]);
            int[] from = [.. outer.Select(axis => kept[axis])];
            TensorView input = view.Group(from, argument ? reduced : view.MemoryOrder(reduced));
            if (input.ElementCount == 0)
            {
                Fill(context, node, op, buffer, output);
            }
            else
            {
                var prototype = new ReduceKernel { Name = "", Inputs = [], Output = output, Op = op };
                context.Emit(node.Label(), prototype, buffer, output, (x.Storage, input));
            }
        }

        return LoweringContext.Temporary(buffer, value);
    }

    /// <summary>The result of reducing no elements.</summary>
    private static void Fill(LoweringContext context, Node node, ReduceOp op, DraftBuffer buffer, TensorView output)
    {
        double identity = op switch
        {
            ReduceOp.Product => 1,
            ReduceOp.Maximum => buffer.Type == ElementType.Int32 ? int.MinValue : double.NegativeInfinity,
            ReduceOp.Minimum => buffer.Type == ElementType.Int32 ? int.MaxValue : double.PositiveInfinity,
            ReduceOp.LogSum or ReduceOp.LogSumExp => double.NegativeInfinity,
            ReduceOp.Mean or ReduceOp.ArgMaximum or ReduceOp.ArgMinimum => throw node.Unsupported("nothing to reduce"),
            _ => 0,
        };
        var prototype = new ElementwiseKernel { Name = "", Inputs = [], Output = output, Program = new(0, []) };
        DraftKernel kernel = context.Emit(node.Label(), prototype, buffer, output);
        kernel.Program.Add(new ElementwiseInstruction(ElementwiseOp.Constant, buffer.Type, Immediate: identity));
    }
}
