using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>
/// Gather, GatherElements, GatherND, ScatterElements and ScatterND. Rows of a large table are fetched from the weight file.
/// </summary>
internal static class GatherOperators
{
    /// <summary>Tables up to this size are kept whole, as the other small weights are.</summary>
    private const long ResidentTableBytes = 64 << 10;

    public static void Gather(LoweringContext context, Node node)
    {
        LoweredValue data = context.Input(node, 0);
        LoweredValue indices = context.Input(node, 1);
        Shape indexShape = indices.Shape;
        int axis = node.Axis(node.Attribute("axis", 0L), data.Rank);
        bool large = data.View.ElementCount * data.View.Type.SizeInBytes() > ResidentTableBytes;
        LoweredValue result = large && data is { IsConstant: true, View.Type: ElementType.Float32 }
            ? GatherRows(context, node, data, axis, indices)
            : GatherAxis(context, node, data, axis, indices, indexShape);
        context.BindAs(node.Outputs[0], result);
    }

    /// <summary>Elements of an axis by index; the axis is replaced by the indices' axes.</summary>
    public static LoweredValue GatherAxis(
        LoweringContext context, Node node, LoweredValue data, int axis, LoweredValue indices, Shape indexShape)
    {
        int rank = data.Rank;
        int[] outer = ViewOperations.Range(0, axis);
        int[] inner = ViewOperations.Range(axis + 1, rank - axis - 1);
        Shape shape = new([.. data.Shape.Dims[..axis], .. indexShape.Dims, .. data.Shape.Dims[(axis + 1)..]]);
        var buffer = new DraftBuffer(node.Outputs[0], data.View.Type, shape.ElementCount);
        TensorView value = TensorView.Dense(data.View.Type, shape);
        int indexRank = indexShape.Rank;
        TensorView output = value.Group(
            outer, ViewOperations.Range(axis, indexRank), ViewOperations.Range(axis + indexRank, rank - axis - 1));
        if (shape.ElementCount > 0)
        {
            context.Emit(
                node.Label(),
                new GatherKernel { Name = "", Inputs = [], Output = output, Mode = GatherMode.Axis },
                buffer,
                output,
                (data.Storage, data.View.Group(outer, [axis], inner)),
                (indices.Storage, indices.View.Group(ViewOperations.Range(0, indices.Rank))));
        }

        return LoweringContext.Temporary(buffer, value);
    }

    /// <summary>Rows of a weight that never becomes resident: the runtime reads those that the ids name.</summary>
    private static LoweredValue GatherRows(LoweringContext context, Node node, LoweredValue table, int axis, LoweredValue indices)
    {
        int rank = table.Rank;
        int[] rest = [.. ViewOperations.Range(0, axis), .. ViewOperations.Range(axis + 1, rank - axis - 1)];
        TensorView rows = table.View.Group([axis], rest);
        int elements = checked((int)rows.Shape[1]);
        long count = indices.View.ElementCount;
        ElementType rowType = context.Options.WeightType;

        Shape shape = new([.. table.Shape.Dims[..axis], .. indices.Shape.Dims, .. table.Shape.Dims[(axis + 1)..]]);
        var buffer = new DraftBuffer(node.Outputs[0], ElementType.Float32, shape.ElementCount);
        TensorView value = TensorView.Dense(ElementType.Float32, shape);
        if (shape.ElementCount == 0)
        {
            return LoweringContext.Temporary(buffer, value);
        }

        int indexRank = indices.Rank;
        TensorView output = value.Group(
            ViewOperations.Range(axis, indexRank),
            [.. ViewOperations.Range(0, axis), .. ViewOperations.Range(axis + indexRank, rank - axis - 1)]);
        var fetched = new DraftBuffer($"{table.Name} rows", rowType, count * elements);
        TensorView ids = indices.View.Group(ViewOperations.Range(0, indexRank));
        ImmutableArray<int> constantIds = [];
        DraftOperand? idOperand = null;
        if (context.Known(indices) is { } known)
        {
            var numbers = new int[count];
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = checked((int)known.Integer(i));
            }

            constantIds = [.. numbers];
        }
        else
        {
            if (indices.IsConstant)
            {
                throw node.Unsupported($"indices '{indices.Name}' are a stored weight");
            }

            idOperand = new DraftOperand(indices.Storage, ids);
        }

        var prototype = new GatherKernel
        {
            Name = "", Inputs = [], Output = output, Mode = GatherMode.FetchedRows, RowType = rowType,
        };
        var kernel = new DraftKernel(node.Label(), prototype, buffer, output, ElementType.Float32)
        {
            Fetch = new DraftFetch((ConstantStorage)table.Storage, rows, rowType, idOperand, constantIds),
        };
        context.Append(kernel, (fetched, TensorView.Dense(rowType, new Shape(count, elements))));
        return LoweringContext.Temporary(buffer, value);
    }

    public static void GatherElements(LoweringContext context, Node node)
    {
        LoweredValue data = context.Input(node, 0);
        EmitInModelAxes(
            context,
            node,
            output => new GatherKernel
            {
                Name = "", Inputs = [], Output = output, Mode = GatherMode.Elements,
                Axis = node.Axis(node.Attribute("axis", 0L), data.Rank),
            },
            data,
            context.Input(node, 1));
    }

    public static void GatherNd(LoweringContext context, Node node) => EmitInModelAxes(
        context,
        node,
        output => new GatherKernel
        {
            Name = "", Inputs = [], Output = output, Mode = GatherMode.Nd, BatchDims = checked((int)node.Attribute("batch_dims", 0L)),
        },
        context.Input(node, 0),
        context.Input(node, 1));

    public static void ScatterElements(LoweringContext context, Node node) => EmitInModelAxes(
        context,
        node,
        output => new ScatterKernel
        {
            Name = "",
            Inputs = [],
            Output = output,
            Mode = ScatterMode.Elements,
            Axis = node.Axis(node.Attribute("axis", 0L), output.Rank),
            Reduction = Reduction(node),
        },
        context.Input(node, 0),
        context.Input(node, 1),
        context.Input(node, 2));

    public static void ScatterNd(LoweringContext context, Node node) => EmitInModelAxes(
        context,
        node,
        output => new ScatterKernel { Name = "", Inputs = [], Output = output, Mode = ScatterMode.Nd, Reduction = Reduction(node) },
        context.Input(node, 0),
        context.Input(node, 1),
        context.Input(node, 2));

    private static void EmitInModelAxes(
        LoweringContext context, Node node, Func<TensorView, KernelDesc> prototype, params ReadOnlySpan<LoweredValue> inputs)
    {
        TensorView output = TensorView.Dense(inputs[0].View.Type, context.Info(node.Outputs[0]).Shape);
        var buffer = new DraftBuffer(node.Outputs[0], output.Type, output.ElementCount);
        if (buffer.Elements > 0)
        {
            var operands = new (DraftStorage, TensorView)[inputs.Length];
            for (int i = 0; i < operands.Length; i++)
            {
                operands[i] = (inputs[i].Storage, inputs[i].View);
            }

            context.Emit(node.Label(), prototype(output), buffer, output, operands);
        }

        context.BindResult(node.Outputs[0], buffer, output);
    }

    private static ScatterReduction Reduction(Node node) => node.Attribute("reduction", "none") switch
    {
        "none" => ScatterReduction.None,
        "add" => ScatterReduction.Add,
        "mul" => ScatterReduction.Multiply,
        "max" => ScatterReduction.Maximum,
        "min" => ScatterReduction.Minimum,
        string other => throw node.Unsupported($"reduction '{other}'"),
    };
}
