using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Stages;

/// <summary>Which buffers a kernel has to do with, for who follows values across a cut.</summary>
public static class BufferUse
{
    /// <summary>Buffers that a kernel reads or writes, those of a fetch included; one may come twice.</summary>
    public static IEnumerable<int> Touched(KernelNode kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        foreach (Operand operand in kernel.Inputs)
        {
            if (operand.Kind == OperandKind.Buffer)
            {
                yield return operand.Id;
            }
        }

        if (kernel.Fetch is { IdBuffer: >= 0 } fetch)
        {
            yield return fetch.IdBuffer;
        }

        yield return kernel.Output;
    }

    /// <summary>Buffers whose bytes a kernel makes, in whole or in part: its output, and the rows that are fetched for it.</summary>
    public static IEnumerable<int> Written(KernelNode kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        if (kernel.Fetch is not null)
        {
            yield return kernel.Inputs[0].Id;
        }

        yield return kernel.Output;
    }

    /// <summary>
    /// By buffer: index of the first kernel that writes it; that of no kernel, the number of kernels, for those that none does.
    /// </summary>
    public static int[] FirstWriters(KernelGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var first = new int[graph.Buffers.Length];
        Array.Fill(first, graph.Kernels.Length);
        foreach (KernelNode kernel in graph.Kernels)
        {
            foreach (int buffer in Written(kernel))
            {
                first[buffer] = Math.Min(first[buffer], kernel.Index);
            }
        }

        return first;
    }
}
