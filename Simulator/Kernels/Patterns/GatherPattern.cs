using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Simulator.Compute;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// Reads by index. Which rows are asked for is data, which a timing has none of: they are spread over the table by a fixed hash. Inner
/// elements of a row lie together.
/// </summary>
internal static class GatherPattern
{
    public static KernelPattern Create(PatternTarget target, GatherKernel kernel)
    {
        StreamOperand[] data = kernel.Mode switch
        {
            GatherMode.FetchedRows => [StreamPattern.Walk(target, kernel, 0)],
            GatherMode.Axis => Indexed(target, kernel, kernel.Inputs[0].Shape[2]),
            GatherMode.Elements => Indexed(target, kernel, 1),
            _ => Indexed(target, kernel, Math.Max(1, kernel.Output.ElementCount / Math.Max(1, Tuples(kernel)))),
        };
        return new StreamPattern(
            target,
            [.. data, .. StreamPattern.Epilogue(target, kernel)],
            StreamPattern.Output(target, kernel),
            kernel.Output.ElementCount,
            ProgramCost.Of(kernel.Epilogue),
            0);
    }

    private static StreamOperand[] Indexed(PatternTarget target, GatherKernel kernel, long inner)
    {
        TensorView indices = kernel.Inputs[1];
        return
        [
            new IndexOperand(1, inner, Math.Max(1, indices.ElementCount), target.BufferLineBytes),
            new HashedRows(0, inner, kernel.Inputs[0].ElementCount, HalfElements.Bytes(kernel.Inputs[0].Type), target.BufferLineBytes),
        ];
    }

    private static long Tuples(GatherKernel kernel)
    {
        Shape indices = kernel.Inputs[1].Shape;
        return indices.Rank == 0 ? 1 : indices.ElementCount / Math.Max(1, indices[indices.Rank - 1]);
    }
}

/// <summary>The index of a row: one for so many neighbouring results, repeated over the table of indices.</summary>
internal sealed class IndexOperand(int slot, long inner, long count, int lineBytes) : StreamOperand
{
    private const int IndexBytes = 4;

    public override int VectorBytes => IndexBytes;

    public override void AddLines(WaveInstruction instruction, long position, int items)
    {
        for (int item = 0; item < items; item++)
        {
            long index = (position + ((long)item * ViewWalk.Vector)) / inner % count;
            ulong address = OperandSlots.Address(slot) + (ulong)(index * IndexBytes);
            instruction.AddLine(OperandSlots.BufferLine(address, lineBytes));
        }
    }
}

/// <summary>Rows of a table at positions that a fixed hash spreads over it.</summary>
internal sealed class HashedRows(int slot, long inner, long tableElements, int elementBytes, int lineBytes) : StreamOperand
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private readonly long rows = Math.Max(1, tableElements / Math.Max(1, inner));

    public override int VectorBytes => ViewWalk.Vector * elementBytes;

    public override void AddLines(WaveInstruction instruction, long position, int items)
    {
        int perVector = inner >= ViewWalk.Vector ? 1 : ViewWalk.Vector;
        for (int item = 0; item < items * perVector; item++)
        {
            long element = position + ((long)item * (ViewWalk.Vector / perVector));
            (long row, long at) = Math.DivRem(element, inner);
            long picked = (long)(Math.BigMul((ulong)row * Multiplier, (ulong)rows, out _));
            ulong address = OperandSlots.Address(slot) + (ulong)(((picked * inner) + at) * elementBytes);
            instruction.AddLine(OperandSlots.BufferLine(address, lineBytes));
        }
    }
}
