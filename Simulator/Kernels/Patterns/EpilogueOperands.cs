using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Simulator.Compute;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// Operands of a fused epilogue, read once per tile of the output. An operand as large as the output lies as the output does; a smaller
/// one is a vector along the columns (or along the rows, which costs the same).
/// </summary>
internal sealed class EpilogueOperands
{
    /// <summary>Arithmetic instructions per tile: plain operations and special functions.</summary>
    public const int WorkSteps = 2;

    private readonly PatternTarget target;
    private readonly long columns;
    private readonly (int Slot, bool Full, int Bytes)[] operands;

    /// <param name="target">The device.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="columns">Columns of the output as the tiles count them.</param>
    public EpilogueOperands(PatternTarget target, KernelDesc kernel, long columns)
    {
        this.target = target;
        this.columns = columns;
        Cost = ProgramCost.Of(kernel.Epilogue);
        operands = [.. Enumerable.Range(kernel.EpilogueStart, kernel.Inputs.Length - kernel.EpilogueStart).Select(slot =>
            (slot, DistinctElements(kernel.Inputs[slot]) * 2 > kernel.Output.ElementCount, HalfElements.Bytes(kernel.Inputs[slot].Type)))];
    }

    public ProgramCost Cost { get; }

    /// <summary>Read instructions per tile.</summary>
    public int Count => operands.Length;

    /// <summary>Elements that a view reads, each once.</summary>
    public static long DistinctElements(TensorView view)
    {
        long elements = 1;
        foreach (ViewFactor factor in view.Factors())
        {
            elements *= factor.Stride == 0 ? 1 : factor.Extent;
        }

        return elements;
    }

    /// <summary>Reads an operand for a tile of rows x width results that starts at (row, column).</summary>
    public void Read(int operand, long row, long column, int rows, int width, int items, WaveInstruction instruction)
    {
        (int slot, bool full, int bytes) = operands[operand];
        int lines = full ? rows : 1;
        int perItem = Math.Max(1, bytes * width * lines / target.WaveWidth);
        instruction.Set(WaveOp.BufferRead, perItem, items);
        if (items == 0)
        {
            return;
        }

        for (int r = 0; r < lines; r++)
        {
            long first = (((full ? row + r : 0) * columns) + column) * bytes;
            OperandSlots.AddRun(instruction, OperandSlots.Address(slot) + (ulong)first, (long)width * bytes, target.BufferLineBytes);
        }
    }

    /// <summary>One of the <see cref="WorkSteps"/> of the program on a number of results per work-item; waits for the operands.</summary>
    public void Work(int step, int results, int items, WaveInstruction instruction)
    {
        if (step == 0)
        {
            instruction.Set(WaveOp.Fp16, (Cost.Half + Cost.Single) * results, items, 0);
        }
        else
        {
            instruction.Set(WaveOp.Special, Cost.Special * results, Cost.Special == 0 ? 0 : items);
        }
    }
}
