using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>MaxPool and AveragePool over one or two spatial axes. Results lie channels last.</summary>
internal static class PoolOperators
{
    public static void Lower(LoweringContext context, Node node)
    {
        if (node.Outputs.Length > 1 && context.UsesOf(node.Outputs[1]) > 0)
        {
            throw node.Unsupported("its Indices output is used");
        }

        string name = node.Outputs[0];
        LoweredValue x = context.Input(node, 0);
        if (x.Rank is not (3 or 4))
        {
            throw node.Unsupported($"{x.Rank - 2} spatial axes (1 and 2 are supported)");
        }

        bool lifted = x.Rank == 3;
        TensorView input = lifted ? x.View.InsertAxis(2) : x.View;
        Shape result = context.Info(name).Shape;
        Shape shape = lifted ? new Shape(result[0], result[1], 1, result[2]) : result;
        Window2D window = Window2D.Of(node, Window2D.KernelOf(node), input.Shape);
        PoolMode mode = node.OpType == "MaxPool" ? PoolMode.Maximum
            : node.Attribute("count_include_pad", 0L) != 0 ? PoolMode.AverageIncludingPad
            : PoolMode.Average;
        if (mode == PoolMode.AverageIncludingPad && (Overhang(0) || Overhang(1)))
        {
            throw node.Unsupported("count_include_pad with windows that reach behind the padding (ceil_mode)");
        }

        TensorView value = ViewOperations.ChannelsLast(x.View.Type, shape);
        var buffer = new DraftBuffer(name, value.Type, value.ElementCount);
        if (buffer.Elements > 0)
        {
            var prototype = new PoolKernel
            {
                Name = "",
                Inputs = [],
                Output = value,
                Mode = mode,
                Kernel = window.Kernel,
                Strides = window.Strides,
                Dilations = window.Dilations,
                Pads = window.Pads,
            };
            context.Emit(node.Label(), prototype, buffer, value, (x.Storage, input));
        }

        context.BindResult(name, buffer, lifted ? value.RemoveAxis(2) : value);

        bool Overhang(int axis)
        {
            (int kernel, int stride, int dilation, int padding) = axis == 0
                ? (window.Kernel.Height, window.Strides.Height, window.Dilations.Height, window.Pads.Top + window.Pads.Bottom)
                : (window.Kernel.Width, window.Strides.Width, window.Dilations.Width, window.Pads.Left + window.Pads.Right);
            return ((shape[axis + 2] - 1) * stride) + (dilation * (kernel - 1)) + 1 > input.Shape[axis + 2] + padding;
        }
    }
}
