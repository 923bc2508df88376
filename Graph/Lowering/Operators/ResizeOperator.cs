using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>Resize and Upsample of the last one or two axes of a [N, C, spatial...] tensor. Results lie channels last.</summary>
internal static class ResizeOperator
{
    public static void Lower(LoweringContext context, Node node)
    {
        string name = node.Outputs[0];
        LoweredValue x = context.Input(node, 0);
        Shape result = context.Info(name).Shape;
        if (x.Rank is not (3 or 4) || result[0] != x.Shape[0] || result[1] != x.Shape[1])
        {
            throw node.Unsupported($"resize of {x.Shape} to {result} (only the last one or two axes behind [N, C] can change)");
        }

        if (x.View.Type != ElementType.Float32)
        {
            throw node.Unsupported("resize of integers");
        }

        if (node.Attribute("antialias", 0L) != 0)
        {
            throw node.Unsupported("antialias");
        }

        float[] scales = Scales(context, node, x.Shape, result);
        bool lifted = x.Rank == 3;
        TensorView input = lifted ? x.View.InsertAxis(2) : x.View;
        TensorView value = ViewOperations.ChannelsLast(x.View.Type, lifted ? new Shape(result[0], result[1], 1, result[2]) : result);
        var prototype = new ResizeKernel
        {
            Name = "",
            Inputs = [],
            Output = value,
            Mode = Mode(node),
            Transform = Transform(context, node),
            Rounding = Rounding(context, node),
            CubicCoefficient = node.Attribute("cubic_coeff_a", -0.75f),
            ExcludeOutside = node.Attribute("exclude_outside", 0L) != 0,
            ScaleHeight = lifted ? 1 : scales[^2],
            ScaleWidth = scales[^1],
        };
        var buffer = new DraftBuffer(name, value.Type, value.ElementCount);
        if (buffer.Elements > 0)
        {
            context.Emit(node.Label(), prototype, buffer, value, (x.Storage, input));
        }

        context.BindResult(name, buffer, lifted ? value.RemoveAxis(2) : value);
    }

    /// <summary>Scale of every axis: as stated, or output over input when the node gives sizes.</summary>
    private static float[] Scales(LoweringContext context, Node node, Shape input, Shape output)
    {
        int rank = input.Rank;
        var scales = new float[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            scales[axis] = input[axis] == 0 ? 1 : (float)output[axis] / input[axis];
        }

        int[] axes = node.Integers("axes") is { } listed
            ? [.. listed.Select(axis => node.Axis(axis, rank))]
            : ViewOperations.Range(0, rank);

        // Upsample and the first Resize have the scales at input 1, or in an attribute.
        int slot = node.OpType == "Upsample" || context.Model.Opset < 11 ? 1 : 2;
        if (node.Floats("scales") is { } given)
        {
            given.AsSpan().CopyTo(scales);
        }
        else if (context.KnownInput(node, slot) is { } stated && stated.Shape.ElementCount == axes.Length)
        {
            for (int i = 0; i < axes.Length; i++)
            {
                scales[axes[i]] = (float)stated.Number(i);
            }
        }
        else if (context.KnownInput(node, 3) is { } sizes
            && node.Attribute("keep_aspect_ratio_policy", "stretch") is not "stretch" and string policy)
        {
            // One scale for all listed axes, the smallest or largest that the sizes ask for.
            float common = policy == "not_larger" ? float.MaxValue : 0;
            for (int i = 0; i < axes.Length; i++)
            {
                float scale = (float)sizes.Number(i) / input[axes[i]];
                common = policy == "not_larger" ? Math.Min(common, scale) : Math.Max(common, scale);
            }

            foreach (int axis in axes)
            {
                scales[axis] = common;
            }
        }

        return scales;
    }

    private static ResizeMode Mode(Node node) => node.Attribute("mode", "nearest") switch
    {
        "nearest" => ResizeMode.Nearest,
        "linear" or "bilinear" => ResizeMode.Linear,
        "cubic" => ResizeMode.Cubic,
        string other => throw node.Unsupported($"mode '{other}'"),
    };

    private static CoordinateTransform Transform(LoweringContext context, Node node) =>
        IsEarly(context, node) ? CoordinateTransform.Asymmetric : node.Attribute("coordinate_transformation_mode", "half_pixel") switch
        {
            "half_pixel" => CoordinateTransform.HalfPixel,
            "half_pixel_symmetric" => CoordinateTransform.HalfPixelSymmetric,
            "pytorch_half_pixel" => CoordinateTransform.PytorchHalfPixel,
            "align_corners" => CoordinateTransform.AlignCorners,
            "asymmetric" => CoordinateTransform.Asymmetric,
            string other => throw node.Unsupported($"coordinate transformation '{other}'"),
        };

    private static NearestRounding Rounding(LoweringContext context, Node node) =>
        IsEarly(context, node) ? NearestRounding.Floor : node.Attribute("nearest_mode", "round_prefer_floor") switch
        {
            "round_prefer_floor" => NearestRounding.RoundPreferFloor,
            "round_prefer_ceil" => NearestRounding.RoundPreferCeil,
            "floor" => NearestRounding.Floor,
            "ceil" => NearestRounding.Ceil,
            string other => throw node.Unsupported($"nearest mode '{other}'"),
        };

    private static bool IsEarly(LoweringContext context, Node node) => node.OpType == "Upsample" || context.Model.Opset < 11;
}
