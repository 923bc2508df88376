using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Conformance.Cases;

/// <summary>Cases with activations of halves: outputs always, inputs mostly, for weights among them stay 32 bits wide.</summary>
internal static class HalfCases
{
    /// <summary>Two halves that are neighbours are so far apart, of the larger.</summary>
    private const double Step = 1.0 / 1024;

    /// <summary>The same kernel and numbers, these rounded to halves.</summary>
    public static KernelCase Of(KernelCase single, Random random)
    {
        KernelDesc desc = single.Desc;
        bool[] halves = [.. desc.Inputs.Select((view, i) => view.Type == ElementType.Float32 && random.Next(4) > 0 && !desc.IsFetchedRows(i))];
        return single with
        {
            Desc = desc with
            {
                Inputs = [.. desc.Inputs.Select((view, i) => halves[i] ? view.WithType(ElementType.Float16) : view)],
                Output = desc.Output.Type == ElementType.Float32 ? desc.Output.WithType(ElementType.Float16) : desc.Output,
            },
            Inputs = [.. single.Inputs.Select((memory, i) => halves[i] ? Round(memory) : memory)],
            Tolerance = Math.Max(Step, single.Tolerance),
        };
    }

    private static ReferenceMemory Round(ReferenceMemory memory)
    {
        var rounded = new ReferenceMemory(ElementType.Float16, memory.Length);
        for (long i = 0; i < memory.Length; i++)
        {
            rounded.Store(i, memory[i]);
        }

        return rounded;
    }
}
