using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>
/// MatMul and Gemm. A constant matrix on either side becomes a streamed panel weight; two activations are multiplied in batches.
/// </summary>
internal static class MatMulOperators
{
    /// <summary>Left operands up to this size are read with whatever stride they have.</summary>
    private const long SmallElements = 16 << 10;

    public static void MatMul(LoweringContext context, Node node)
    {
        LoweredValue product = Multiply(context, node, context.Input(node, 0), context.Input(node, 1), node.Outputs[0]);
        context.BindAs(node.Outputs[0], product);
    }

    public static void Gemm(LoweringContext context, Node node)
    {
        LoweredValue a = context.Input(node, 0);
        LoweredValue b = context.Input(node, 1);
        a = node.Attribute("transA", 0L) != 0 ? Walked(a, a.View.Transpose([1, 0])) : a;
        b = node.Attribute("transB", 0L) != 0 ? Walked(b, b.View.Transpose([1, 0])) : b;
        LoweredValue product = Multiply(context, node, a, b, node.Outputs[0]);
        float alpha = node.Attribute("alpha", 1f);
        float beta = node.Attribute("beta", 1f);
        LoweredValue? bias = beta == 0 ? null : context.Optional(node, 2);
        if (bias is null && alpha == 1)
        {
            context.BindAs(node.Outputs[0], product);
            return;
        }

        var expression = new Expression(product.Shape);
        int result = expression.Read(product);
        result = alpha == 1 ? result : Scale(result, alpha);
        if (bias is not null)
        {
            int added = expression.Read(bias);
            result = expression.Emit(ElementwiseOp.Add, result, beta == 1 ? added : Scale(added, beta));
        }

        string name = node.Outputs[0];
        context.BindAs(name, ExpressionEmitter.Emit(context, expression, result, node.Label(), name));

        int Scale(int register, float factor) =>
            expression.Emit(ElementwiseOp.Multiply, register, expression.Constant(factor, ElementType.Float32));
    }

    private static LoweredValue Walked(LoweredValue value, TensorView view) =>
        new(value.Name, value.Storage, view, uses: value.Uses, value.Exclusive);

    private static LoweredValue Multiply(LoweringContext context, Node node, LoweredValue a, LoweredValue b, string name)
    {
        if (a.View.Type != ElementType.Float32 || b.View.Type != ElementType.Float32)
        {
            throw node.Unsupported("matrix product of integers");
        }

        // One-dimensional operands are a row on the left and a column on the right; the axis disappears from the result.
        bool row = a.Rank == 1;
        bool column = b.Rank == 1;
        a = row ? Walked(a, a.View.InsertAxis(0)) : a;
        b = column ? Walked(b, b.View.InsertAxis(1)) : b;
        LoweredValue result = MultiplyMatrices(context, node, a, b, name);
        TensorView view = result.View;
        view = column ? view.RemoveAxis(view.Rank - 1) : view;
        view = row ? view.RemoveAxis(view.Rank - (column ? 1 : 2)) : view;
        result.View = view;
        return result;
    }

    private static LoweredValue MultiplyMatrices(LoweringContext context, Node node, LoweredValue a, LoweredValue b, string name)
    {
        long m = a.Shape[a.Rank - 2];
        long k = a.Shape[a.Rank - 1];
        long n = b.Shape[b.Rank - 1];
        if (k != b.Shape[b.Rank - 2])
        {
            throw node.Unsupported($"shapes {a.Shape} and {b.Shape} do not multiply");
        }

        Shape batch = Broadcast(node, a, b);
        Shape shape = new([.. batch.Dims, m, n]);
        if (shape.ElementCount == 0 || k == 0)
        {
            var expression = new Expression(shape);
            return ExpressionEmitter.Emit(context, expression, expression.Constant(0, ElementType.Float32), node.Label(), name);
        }

        if (b.IsConstant && IsSingle(b))
        {
            return ByPanels(context, node, a, Matrix(b.View), shape, (ConstantStorage)b.Storage, name);
        }

        if (a.IsConstant && IsSingle(a))
        {
            return ByPanelsFromLeft(context, node, (ConstantStorage)a.Storage, Matrix(a.View), b, shape, name);
        }

        return InBatches(context, node, a, b, batch, shape, name);
    }

    /// <summary>A is [..., M, K]; all but K are rows. The weight is [K, N].</summary>
    private static LoweredValue ByPanels(
        LoweringContext context, Node node, LoweredValue a, TensorView weight, Shape shape, ConstantStorage storage, string name)
    {
        int last = a.Rank - 1;
        a = context.WithContiguousAxis(node.Label(), a, last, SmallElements);
        TensorView rows = a.View.Group([], ViewOperations.Range(0, last), [last]);
        TensorView value = TensorView.Dense(ElementType.Float32, shape);
        TensorView output = value.Group([], ViewOperations.Range(0, last), [last]);
        return Emit(context, node, storage, weight, (a.Storage, rows), name, value, output);
    }

    /// <summary>W [M, K] times X [..., K, N], computed as the transposed product X^T W^T: the weight's rows are the columns.</summary>
    private static LoweredValue ByPanelsFromLeft(
        LoweringContext context, Node node, ConstantStorage storage, TensorView weight, LoweredValue x, Shape shape, string name)
    {
        int rank = x.Rank;
        x = context.WithContiguousAxis(node.Label(), x, rank - 2, SmallElements);
        int[] batch = ViewOperations.Range(0, rank - 2);
        TensorView rows = x.View.Group([], [.. batch, rank - 1], [rank - 2]);
        TensorView value = ViewOperations.DenseInOrder(ElementType.Float32, shape, [.. batch, rank - 1, rank - 2]);
        TensorView output = value.Group([], [.. batch, rank - 1], [rank - 2]);
        return Emit(context, node, storage, weight.Transpose([1, 0]), (x.Storage, rows), name, value, output);
    }

    /// <summary>Rows times a weight that is walked with axes [depth, column].</summary>
    private static LoweredValue Emit(
        LoweringContext context,
        Node node,
        ConstantStorage storage,
        TensorView weight,
        (DraftStorage, TensorView) rows,
        string name,
        TensorView value,
        TensorView output)
    {
        PanelLayout layout = context.Options.Panels(1, weight.Shape[0], weight.Shape[1]);
        var buffer = new DraftBuffer(name, ElementType.Float32, value.ElementCount);
        var prototype = new MatMulKernel { Name = "", Inputs = [], Output = output, Weight = layout };
        var kernel = new DraftKernel(node.Label(), prototype, buffer, output, ElementType.Float32)
        {
            Panels = new DraftPanels(storage, weight.InsertAxis(0), layout),
        };
        context.Append(kernel, rows);
        return LoweringContext.Temporary(buffer, value);
    }

    private static LoweredValue InBatches(
        LoweringContext context, Node node, LoweredValue a, LoweredValue b, Shape batch, Shape shape, string name)
    {
        int rank = shape.Rank;
        a = context.WithContiguousAxis(node.Label(), a, a.Rank - 1, SmallElements);
        if (b.View.InnerStride(b.Rank - 2) is not (0 or 1))
        {
            b = context.WithContiguousAxis(node.Label(), b, b.Rank - 1, SmallElements);
        }

        TensorView left = a.View.BroadcastTo(new Shape([.. batch.Dims, .. a.Shape.Dims[^2..]]));
        TensorView right = b.View.BroadcastTo(new Shape([.. batch.Dims, .. b.Shape.Dims[^2..]]));
        TensorView value = TensorView.Dense(ElementType.Float32, shape);
        int[] leading = ViewOperations.Range(0, rank - 2);
        TensorView output;
        if (IsSingle(b))
        {
            // One right-hand matrix for all: the batch is more rows.
            int[] rows = ViewOperations.Range(0, rank - 1);
            left = left.Group([], rows, [rank - 1]);
            right = b.View.Group([], [b.Rank - 2], [b.Rank - 1]);
            output = value.Group([], rows, [rank - 1]);
        }
        else
        {
            left = left.Group(leading, [rank - 2], [rank - 1]);
            right = right.Group(leading, [rank - 2], [rank - 1]);
            output = value.Group(leading, [rank - 2], [rank - 1]);
        }

        var buffer = new DraftBuffer(name, ElementType.Float32, shape.ElementCount);
        var prototype = new MatMulKernel { Name = "", Inputs = [], Output = output };
        context.Emit(node.Label(), prototype, buffer, output, (a.Storage, left), (b.Storage, right));
        return LoweringContext.Temporary(buffer, value);
    }

    /// <summary>True when all batch axes are 1.</summary>
    private static bool IsSingle(LoweredValue value)
    {
        for (int axis = 0; axis < value.Rank - 2; axis++)
        {
            if (value.Shape[axis] != 1)
            {
                return false;
            }
        }

        return true;
    }

    private static TensorView Matrix(TensorView view) => view.Group([view.Rank - 2], [view.Rank - 1]);

    private static Shape Broadcast(Node node, LoweredValue a, LoweredValue b)
    {
        int rank = Math.Max(a.Rank, b.Rank) - 2;
        var dims = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            int fromA = i - (rank - (a.Rank - 2));
            int fromB = i - (rank - (b.Rank - 2));
            long extentA = fromA < 0 ? 1 : a.Shape[fromA];
            long extentB = fromB < 0 ? 1 : b.Shape[fromB];
            if (extentA != extentB && extentA != 1 && extentB != 1)
            {
                throw node.Unsupported($"batch shapes of {a.Shape} and {b.Shape} do not broadcast");
            }

            dims[i] = extentA == 1 ? extentB : extentA;
        }

        return new Shape(dims);
    }
}
