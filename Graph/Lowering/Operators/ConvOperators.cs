using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>
/// Conv and ConvTranspose over one or two spatial axes; one-dimensional ones get a height of 1. Results lie channels last. A transposed
/// convolution whose windows do not overlap is a matrix product that scatters its columns; any other is a convolution of the spread-out
/// input with the flipped kernel.
/// </summary>
internal static class ConvOperators
{
    /// <summary>Images of up to this many channels are read in the model's own layout; wider inputs are brought channels last.</summary>
    private const int NarrowChannels = 4;

    public static void Conv(LoweringContext context, Node node)
    {
        Operands operands = Read(context, node);
        Window2D window = Window2D.Of(node, operands.Kernel, operands.Input.View.Shape);
        int groups = checked((int)node.Attribute("group", 1L));

        // W is [C', C / groups, kernel height, kernel width].
        long outputs = operands.Weight.View.Shape[0];
        TensorView table = operands.Weight.View.TrySplitAxis(0, groups, outputs / groups)
            ?? throw node.Unsupported($"{outputs} output channels in {groups} groups");
        Emit(context, node, operands, window, new Extent2D(1, 1), table, groups);
    }

    public static void ConvTranspose(LoweringContext context, Node node)
    {
        Operands operands = Read(context, node);
        Window2D window = Window2D.Of(node, operands.Kernel, operands.Input.View.Shape, transposed: true, Spatial(context, node));
        int groups = checked((int)node.Attribute("group", 1L));
        Extent2D strides = window.Strides;
        Extent2D kernel = operands.Kernel;
        bool apart = groups == 1 && strides == kernel && window.Pads == default && window.Dilations == new Extent2D(1, 1)
            && IsZero(node.Integers("output_padding"));
        Shape shape = Lift(context.Info(node.Outputs[0]).Shape);
        Shape input = operands.Input.View.Shape;
        if (apart && operands.Weight.IsConstant && shape[2] == input[2] * kernel.Height && shape[3] == input[3] * kernel.Width)
        {
            Scatter(context, node, operands, shape);
            return;
        }

        // W is [C, C' / groups, kernel height, kernel width]; the convolution wants [group, C' of the group, C of the group, ...] flipped.
        long channels = operands.Weight.View.Shape[0];
        TensorView table = operands.Weight.View.TrySplitAxis(0, groups, channels / groups)
            ?? throw node.Unsupported($"{channels} input channels in {groups} groups");
        table = table.Transpose([0, 2, 1, 3, 4]);
        table = table.TrySlice(3, kernel.Height - 1, kernel.Height, -1)!.TrySlice(4, kernel.Width - 1, kernel.Width, -1)!;

        int top = (window.Dilations.Height * (kernel.Height - 1)) - window.Pads.Top;
        int left = (window.Dilations.Width * (kernel.Width - 1)) - window.Pads.Left;

        // The padding behind follows from the output's extent, which holds output_padding, too.
        long spreadHeight = ((input[2] - 1) * strides.Height) + 1;
        long spreadWidth = ((input[3] - 1) * strides.Width) + 1;
        int bottom = checked((int)(shape[2] - 1 + (window.Dilations.Height * (kernel.Height - 1)) + 1 - spreadHeight - top));
        int right = checked((int)(shape[3] - 1 + (window.Dilations.Width * (kernel.Width - 1)) + 1 - spreadWidth - left));
        var plain = new Window2D(kernel, new Extent2D(1, 1), window.Dilations, new Padding2D(top, left, bottom, right));
        Emit(context, node, operands, plain, strides, table, groups);
    }

    /// <summary>Inputs lifted to two spatial axes.</summary>
    private sealed record Operands(LoweredValue Input, LoweredValue Weight, LoweredValue? Bias, Extent2D Kernel);

    private static Operands Read(LoweringContext context, Node node)
    {
        LoweredValue input = context.Input(node, 0);
        LoweredValue weight = context.Input(node, 1);
        int spatial = input.Rank - 2;
        if (spatial is not (1 or 2) || weight.Rank != input.Rank)
        {
            throw node.Unsupported($"{spatial} spatial axes (1 and 2 are supported)");
        }

        if (input.View.Type != ElementType.Float32 || weight.View.Type != ElementType.Float32)
        {
            throw node.Unsupported("convolution of integers");
        }

        if (!weight.IsConstant && input.Shape[1] != 1 && !IsDepthwise(node, input, weight))
        {
            throw node.Unsupported($"its weight '{weight.Name}' is not a constant");
        }

        if (input.Shape[1] > NarrowChannels && spatial > 0)
        {
            TensorView view = input.View;
            int[] order = [0, .. ViewOperations.Range(2, spatial), 1];
            if (!input.IsConstant && view.InnerStride(1) is not (0 or 1))
            {
                context.Materialize(node.Label(), input, ViewOperations.DenseInOrder(view.Type, view.Shape, order));
            }
        }

        input = spatial == 1 ? new LoweredValue(input.Name, input.Storage, input.View.InsertAxis(2), 1, false) : input;
        weight = spatial == 1 ? new LoweredValue(weight.Name, weight.Storage, weight.View.InsertAxis(2), 1, false) : weight;
        Shape shape = weight.Shape;
        var kernel = new Extent2D(checked((int)shape[2]), checked((int)shape[3]));
        return new Operands(input, weight, context.Optional(node, 2), kernel);
    }

    private static bool IsDepthwise(Node node, LoweredValue input, LoweredValue weight) =>
        node.Attribute("group", 1L) == input.Shape[1] && (node.OpType == "ConvTranspose" || weight.Shape[1] == 1);

    private static bool IsZero(ImmutableArray<long>? numbers)
    {
        foreach (long number in numbers ?? [])
        {
            if (number != 0)
            {
                return false;
            }
        }

        return true;
    }

    private static Shape Lift(Shape shape) => shape.Rank == 3 ? new Shape(shape[0], shape[1], 1, shape[2]) : shape;

    private static long[] Spatial(LoweringContext context, Node node) => [.. Lift(context.Info(node.Outputs[0]).Shape).Dims[2..]];

    /// <summary>A convolution by a kernel with axes [group, C' of the group, C of the group, kernel row, kernel column].</summary>
    private static void Emit(
        LoweringContext context,
        Node node,
        Operands operands,
        Window2D window,
        Extent2D inputDilation,
        TensorView table,
        int groups)
    {
        string name = node.Outputs[0];
        Shape shape = Lift(context.Info(name).Shape);
        TensorView value = ViewOperations.ChannelsLast(ElementType.Float32, shape);
        var buffer = new DraftBuffer(name, ElementType.Float32, value.ElementCount);
        Shape kernelShape = table.Shape;
        bool depthwise = kernelShape[2] == 1 && (groups > 1 || !operands.Weight.IsConstant);
        PanelLayout? layout = depthwise
            ? null
            : context.Options.Panels(groups, kernelShape[2] * kernelShape[3] * kernelShape[4], kernelShape[1]);
        var prototype = new ConvKernel
        {
            Name = "",
            Inputs = [],
            Output = value,
            Weight = layout,
            Kernel = window.Kernel,
            Strides = window.Strides,
            Dilations = window.Dilations,
            Pads = window.Pads,
            Groups = groups,
            InputDilation = inputDilation,
        };
        var kernel = new DraftKernel(node.Label(), prototype, buffer, value, ElementType.Float32)
        {
            Panels = layout is null
                ? null
                : new DraftPanels((ConstantStorage)operands.Weight.Storage, table.Group([0], [3, 4, 2], [1]), layout),
        };
        if (buffer.Elements > 0)
        {
            context.Append(kernel, (operands.Input.Storage, operands.Input.View));
            if (depthwise)
            {
                kernel.Inputs.Add(new DraftOperand(operands.Weight.Storage, table.Group([3, 4], [0, 1, 2])));
            }
        }

        Finish(context, node, LoweringContext.Temporary(buffer, value), operands.Bias);
    }

    /// <summary>Each input pixel becomes one block of the output: rows are pixels, columns (kernel row, kernel column, C').</summary>
    private static void Scatter(LoweringContext context, Node node, Operands operands, Shape shape)
    {
        string name = node.Outputs[0];
        TensorView value = ViewOperations.ChannelsLast(ElementType.Float32, shape);
        var buffer = new DraftBuffer(name, ElementType.Float32, value.ElementCount);
        Shape input = operands.Input.View.Shape;

        // [N, C', H, kernel row, W, kernel column]
        TensorView blocks = value.TrySplitAxis(3, input[3], operands.Kernel.Width)!.TrySplitAxis(2, input[2], operands.Kernel.Height)!;
        TensorView output = blocks.Group([], [0, 2, 4], [3, 5, 1]);
        TensorView rows = operands.Input.View.Group([], [0, 2, 3], [1]);
        TensorView weight = operands.Weight.View.Group([], [0], [2, 3, 1]);
        PanelLayout layout = context.Options.Panels(1, weight.Shape[1], weight.Shape[2]);
        var prototype = new MatMulKernel { Name = "", Inputs = [], Output = output, Weight = layout };
        var kernel = new DraftKernel(node.Label(), prototype, buffer, output, ElementType.Float32)
        {
            Panels = new DraftPanels((ConstantStorage)operands.Weight.Storage, weight, layout),
        };
        context.Append(kernel, (operands.Input.Storage, rows));
        Finish(context, node, LoweringContext.Temporary(buffer, value), operands.Bias);
    }

    private static void Finish(LoweringContext context, Node node, LoweredValue result, LoweredValue? bias)
    {
        string name = node.Outputs[0];
        if (bias is not null)
        {
            var expression = new Expression(result.Shape);
            TensorView channels = bias.View.TryReshape(new Shape(result.Shape[1], 1, 1))
                ?? throw node.Unsupported($"bias of shape {bias.Shape}");
            int sum = expression.Emit(
                ElementwiseOp.Add, expression.Read(result), expression.Read(bias, channels.BroadcastTo(result.Shape)));
            result = ExpressionEmitter.Emit(context, expression, sum, node.Label(), name);
        }

        if (context.Info(name).Shape.Rank == 3)
        {
            result.View = result.View.RemoveAxis(2);
        }

        context.BindAs(name, result);
    }
}
