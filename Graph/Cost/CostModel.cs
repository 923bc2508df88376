using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Cost;

/// <summary>Counts a kernel's arithmetic and the bytes that it reads and writes, weights apart from activations.</summary>
internal static class CostModel
{
    /// <param name="desc">The kernel.</param>
    /// <param name="operands">What its inputs are bound to.</param>
    /// <param name="fetchesRows">Input 0 holds rows of a weight.</param>
    public static KernelCost Estimate(KernelDesc desc, ImmutableArray<Operand> operands, bool fetchesRows)
    {
        long weightBytes = desc.Panels?.TotalBytes ?? 0;
        long inputBytes = 0;
        for (int i = 0; i < operands.Length; i++)
        {
            long bytes = KernelWork.DistinctBytes(desc.Inputs[i]);
            bool isWeight = operands[i].Kind == OperandKind.Weight || (fetchesRows && i == 0);
            weightBytes += isWeight ? bytes : 0;
            inputBytes += isWeight ? 0 : bytes;
        }

        long outputBytes = desc.Output.ElementCount * desc.Output.Type.SizeInBytes();
        return new KernelCost(KernelWork.Flops(desc), weightBytes, inputBytes, outputBytes);
    }
}
