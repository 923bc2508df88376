using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Ir;

namespace FlashMem.Scheduling.Problem;

/// <summary>
/// The kernels during which an activation must keep its bytes, both ends included; -1 is the time before the first kernel, when inputs
/// are written. <see cref="Last"/> below <see cref="First"/> means that the buffer is never used.
/// </summary>
internal readonly record struct BufferLifetime(int First, int Last)
{
    public static BufferLifetime Never => new(int.MaxValue, int.MinValue);

    public bool IsUsed => First <= Last;

    /// <summary>Number of times, both ends included.</summary>
    public int Length => Last - First + 1;

    public bool Meets(BufferLifetime other) => First <= other.Last && other.First <= Last;

    /// <summary>Lifetimes of all buffers of a graph, by index.</summary>
    /// <remarks>
    /// From the first writer to the last reader; graph inputs from before the first kernel, graph outputs until after the last. Rows
    /// fetched for kernel k are written by storage while kernel k-1 may still run, so their buffer lives from k-1 on.
    /// </remarks>
    public static BufferLifetime[] Of(KernelGraph graph)
    {
        var lifetimes = new BufferLifetime[graph.Buffers.Length];
        var written = new bool[graph.Buffers.Length];
        for (int i = 0; i < lifetimes.Length; i++)
        {
            lifetimes[i] = Never;
        }

        foreach (GraphPort input in graph.Inputs)
        {
            Touch(lifetimes, input.Buffer, -1);
            written[input.Buffer] = true;
        }

        foreach (KernelNode kernel in graph.Kernels)
        {
            if (kernel.Fetch is { } fetch)
            {
                int rows = kernel.Inputs[0].Id;
                Touch(lifetimes, rows, kernel.Index - 1);
                written[rows] = true;
                if (fetch.IdBuffer >= 0)
                {
                    Read(graph, lifetimes, written, fetch.IdBuffer, kernel);
                }
            }

            foreach (Operand operand in kernel.Inputs)
            {
                if (operand.Kind == OperandKind.Buffer)
                {
                    Read(graph, lifetimes, written, operand.Id, kernel);
                }
            }

            Touch(lifetimes, kernel.Output, kernel.Index);
            written[kernel.Output] = true;
        }

        foreach (GraphPort output in graph.Outputs)
        {
            if (!written[output.Buffer])
            {
                throw new ModelException($"nothing writes output '{output.Name}' (buffer {output.Buffer})");
            }

            Touch(lifetimes, output.Buffer, graph.Kernels.Length);
        }

        return lifetimes;
    }

    private static void Read(KernelGraph graph, BufferLifetime[] lifetimes, bool[] written, int buffer, KernelNode kernel)
    {
        if (!written[buffer])
        {
            throw new ModelException(
                $"kernel {kernel.Index} '{kernel.Desc.Name}' reads buffer {buffer} '{graph.Buffers[buffer].Name}' "
                + "before anything writes it");
        }

        Touch(lifetimes, buffer, kernel.Index);
    }

    private static void Touch(BufferLifetime[] lifetimes, int buffer, int kernel) =>
        lifetimes[buffer] = new BufferLifetime(
            Math.Min(lifetimes[buffer].First, kernel), Math.Max(lifetimes[buffer].Last, kernel));
}
