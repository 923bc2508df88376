using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Simulator.Compute;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>An operand in a buffer, read or written through its view: byte addresses of logical positions, coalesced into lines.</summary>
internal sealed class ViewWalk
{
    private readonly ViewFactor[] factors;
    private readonly ulong start;
    private readonly int lineBytes;
    private readonly bool runs;

    public ViewWalk(TensorView view, int slot, int bufferLineBytes)
    {
        factors = [.. view.Factors()];
        ElementBytes = HalfElements.Bytes(view.Type);
        start = OperandSlots.Address(slot) + (ulong)(LowestOffset(factors) * ElementBytes);
        lineBytes = bufferLineBytes;
        Positions = view.ElementCount;
        ViewFactor inner = factors.Length == 0 ? new ViewFactor(1, 0) : factors[^1];
        runs = inner.Stride is 0 or 1 && (factors.Length <= 1 || inner.Extent % Vector == 0);
        Repeats = inner.Stride == 0;
    }

    /// <summary>Elements that a work-item reads or writes with one instruction.</summary>
    public const int Vector = 4;

    public int ElementBytes { get; }

    public long Positions { get; }

    /// <summary>Neighbours along the innermost loop are one element.</summary>
    public bool Repeats { get; }

    /// <summary>Adds the lines of the vectors of a wave's work-items, of which item i takes the vector at first + i * Vector.</summary>
    public void AddLines(WaveInstruction instruction, long first, int items)
    {
        for (int item = 0; item < items; item++)
        {
            AddLines(instruction, first + ((long)item * Vector));
        }
    }

    /// <summary>Adds the lines of one vector.</summary>
    public void AddLines(WaveInstruction instruction, long position)
    {
        if (position >= Positions)
        {
            return;
        }

        int last = (int)Math.Min(Vector, Positions - position) - 1;
        instruction.AddLine(Line(position));
        for (int i = runs ? last : 1; i <= last; i++)
        {
            instruction.AddLine(Line(position + i));
        }
    }

    /// <summary>Adds the line of one element.</summary>
    public void AddElement(WaveInstruction instruction, long position) => instruction.AddLine(Line(Math.Min(position, Positions - 1)));

    private static long LowestOffset(ViewFactor[] factors)
    {
        long lowest = 0;
        foreach (ViewFactor factor in factors)
        {
            lowest -= factor.Stride < 0 ? (factor.Extent - 1) * factor.Stride : 0;
        }

        return lowest;
    }

    private ulong Line(long position)
    {
        long address = 0;
        for (int f = factors.Length - 1; f >= 0; f--)
        {
            (long next, long digit) = Math.DivRem(position, factors[f].Extent);
            address += digit * factors[f].Stride;
            position = next;
        }

        return OperandSlots.BufferLine(start + (ulong)(address * ElementBytes), lineBytes);
    }
}
