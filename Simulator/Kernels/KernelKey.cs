using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Simulator.Kernels.Patterns;

namespace FlashMem.Simulator.Kernels;

/// <summary>
/// What matters of a launch for its time, as a short text: kernels of equal keys have equal patterns. Names, offsets and which panels are
/// meant do not matter; strides do where the pattern walks views.
/// </summary>
internal static class KernelKey
{
    public static string Of(KernelDesc kernel, PanelRange panels)
    {
        var text = new StringBuilder(256);
        text.Append(kernel.Family);
        switch (kernel)
        {
            case MatMulKernel product:
                Shapes(text, kernel);
                Weight(text, product.Weight, panels);
                break;
            case ConvKernel conv:
                Shapes(text, kernel);
                Weight(text, conv.Weight, panels);
                Append(text, $";{conv.Kernel};{conv.Strides};{conv.Dilations};{conv.Pads};{conv.Groups};{conv.InputDilation}");
                break;
            case AttentionKernel attention:
                Shapes(text, kernel);
                Append(text, $";{attention.HasMask}");
                break;
            case PoolKernel pool:
                Shapes(text, kernel);
                Append(text, $";{pool.Kernel};{pool.Strides};{pool.Dilations};{pool.Pads}");
                break;
            case ResizeKernel resize:
                Shapes(text, kernel);
                Append(text, $";{resize.Mode}");
                break;
            case ElementwiseKernel elementwise:
                Views(text, kernel);
                Program(text, elementwise.Program);
                break;
            case NormalizeKernel normalize:
                Views(text, kernel);
                Append(text, $";{normalize.Mode};{normalize.HasScale};{normalize.HasBias}");
                break;
            case ReduceKernel reduce:
                Views(text, kernel);
                Append(text, $";{reduce.Op}");
                break;
            case GatherKernel gather:
                Views(text, kernel);
                Append(text, $";{gather.Mode};{gather.Axis};{gather.BatchDims}");
                break;
            case ScatterKernel scatter:
                Views(text, kernel);
                Append(text, $";{scatter.Mode};{scatter.Reduction}");
                break;
            default:
                Views(text, kernel);
                break;
        }

        Program(text, kernel.Epilogue);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
    }

    // Kernels on textures see their operands packed for them: only extents matter, and how large fused operands are.
    private static void Shapes(StringBuilder text, KernelDesc kernel)
    {
        for (int i = 0; i < kernel.Inputs.Length; i++)
        {
            TensorView view = kernel.Inputs[i];
            Append(text, $";{Wide(view).Type}{view.Shape}");
            if (i >= kernel.EpilogueStart)
            {
                Append(text, $"/{EpilogueOperands.DistinctElements(view)}");
            }
        }

        Append(text, $">{Wide(kernel.Output).Type}{kernel.Output.Shape}");
    }

    private static void Views(StringBuilder text, KernelDesc kernel)
    {
        foreach (TensorView view in kernel.Inputs)
        {
            Append(text, $";{Wide(view).Shift(-view.Offset)}");
        }

        Append(text, $">{Wide(kernel.Output).Shift(-kernel.Output.Offset)}");
    }

    // Patterns take floating-point activations to be halves, whichever they are.
    private static TensorView Wide(TensorView view) => view.Type.IsFloat() ? view.WithType(ElementType.Float32) : view;

    private static void Weight(StringBuilder text, PanelLayout? weight, PanelRange panels)
    {
        if (weight is not null)
        {
            long columns = PanelColumns.Count(weight, panels);
            Append(text, $";{weight.Groups}x{weight.Depth}x{columns}/{panels.Count};{weight.Type};{weight.PanelWidth}");
        }
    }

    private static void Program(StringBuilder text, ElementwiseProgram? program)
    {
        ProgramCost cost = ProgramCost.Of(program);
        Append(text, $";{cost.Half}+{cost.Single}+{cost.Special}");
    }

    private static void Append(StringBuilder text, FormattableString part) => text.Append(part.ToString(CultureInfo.InvariantCulture));
}
