using System.Globalization;
using System.Text;
using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Lowering;

/// <summary>One line of text per kernel, for people.</summary>
public static class KernelGraphText
{
    /// <summary>
    /// For example <c>12 MatMul [1, 197, 768] x [768 x 3072 Float16] -> [1, 197, 3072] + Add, Gelu | 4718592 weight bytes | fc1</c>.
    /// </summary>
    public static string Describe(KernelNode kernel)
    {
        KernelDesc desc = kernel.Desc;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{kernel.Index,4} {Family(desc),-18}");
        for (int i = 0; i < desc.EpilogueStart; i++)
        {
            text.Append(i == 0 ? " " : ", ").Append(desc.Inputs[i].Shape);
        }

        if (desc.Panels is { } panels)
        {
            string groups = panels.Groups == 1 ? "" : $"{panels.Groups} x ";
            text.Append(CultureInfo.InvariantCulture, $" x [{groups}{panels.Depth} x {panels.Columns} {panels.Type}]");
        }

        text.Append(" -> ").Append(desc.Output.Shape);
        ElementwiseProgram? program = desc.Epilogue ?? (desc as ElementwiseKernel)?.Program;
        if (program is not null)
        {
            string separator = desc is ElementwiseKernel ? ": " : " + ";
            foreach (ElementwiseInstruction step in program.Instructions)
            {
                if (step.Op != ElementwiseOp.Constant || program.Instructions.Length == 1)
                {
                    text.Append(separator).Append(step.Op);
                    separator = ", ";
                }
            }
        }

        if (kernel.Cost.WeightBytes > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" | {kernel.Cost.WeightBytes} weight bytes");
        }

        return text.Append(" | ").Append(desc.Name).ToString();
    }

    private static string Family(KernelDesc desc) => desc switch
    {
        ConvKernel { Weight: null } => "Conv depthwise",
        GatherKernel { Mode: GatherMode.FetchedRows } => "Gather rows",
        ReduceKernel reduce => $"Reduce {reduce.Op}",
        _ => desc.Family.ToString(),
    };
}
