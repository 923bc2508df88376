using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Compute;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>An operand that a streaming kernel reads once per vector of four results.</summary>
internal abstract class StreamOperand
{
    /// <summary>Bytes that a work-item reads.</summary>
    public abstract int VectorBytes { get; }

    /// <summary>Adds the lines of the vectors of a wave's work-items from a logical position of the output.</summary>
    public abstract void AddLines(WaveInstruction instruction, long position, int items);
}

/// <summary>An operand read through its view at the output's own position.</summary>
internal sealed class WalkOperand(ViewWalk walk) : StreamOperand
{
    public override int VectorBytes => (walk.Repeats ? 1 : ViewWalk.Vector) * walk.ElementBytes;

    public override void AddLines(WaveInstruction instruction, long position, int items) => walk.AddLines(instruction, position, items);
}

/// <summary>
/// Kernels that pass over their data once, without reuse: a work-item computes vectors of four elements from buffers, several of them one
/// after the other when there are many.
/// </summary>
internal sealed class StreamPattern : KernelPattern
{
    private const int MostVectors = 4;

    private readonly StreamOperand[] operands;
    private readonly ViewWalk output;
    private readonly ProgramCost cost;
    private readonly long vectors;
    private readonly long items;

    /// <param name="target">The device.</param>
    /// <param name="operands">What is read per vector.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="elements">Results.</param>
    /// <param name="cost">Arithmetic per element.</param>
    /// <param name="carriedBytes">Bytes to move beside the work.</param>
    public StreamPattern(
        PatternTarget target, StreamOperand[] operands, ViewWalk output, long elements, ProgramCost cost, long carriedBytes)
        : base(target)
    {
        this.operands = operands;
        this.output = output;
        this.cost = cost;
        vectors = Math.Max(1, (elements + ViewWalk.Vector - 1) / ViewWalk.Vector);
        long resident = (long)target.Cores * target.WavesPerCore * target.WaveWidth;
        int perItem = (int)Math.Clamp(vectors / resident, 1, MostVectors);
        long workgroups = (vectors + ((long)perItem * target.WaveWidth) - 1) / ((long)perItem * target.WaveWidth);
        items = workgroups * target.WaveWidth;
        Launch(
            workgroups, 1, target.WavesPerCore, carriedBytes, 0, [new PatternLoop(perItem, operands.Length, 4)]);
    }

    /// <summary>Operands of a fused epilogue.</summary>
    public static IEnumerable<StreamOperand> Epilogue(PatternTarget target, KernelDesc kernel) =>
        Enumerable.Range(kernel.EpilogueStart, kernel.Inputs.Length - kernel.EpilogueStart).Select(slot => Walk(target, kernel, slot));

    public static StreamOperand Walk(PatternTarget target, KernelDesc kernel, int slot) =>
        new WalkOperand(new ViewWalk(kernel.Inputs[slot], slot, target.BufferLineBytes));

    public static ViewWalk Output(PatternTarget target, KernelDesc kernel) =>
        new(kernel.Output, OperandSlots.Output, target.BufferLineBytes);

    protected override void Emit(int loop, int iteration, int step, long workgroup, int wave, WaveInstruction instruction)
    {
        // Neighbouring work-items take neighbouring vectors; a work-item's next vector lies a launch further.
        long vector = (iteration * items) + (workgroup * Target.WaveWidth);
        int active = (int)Math.Clamp(vectors - vector, 0, Target.WaveWidth);
        if (step < operands.Length)
        {
            instruction.Set(WaveOp.BufferRead, operands[step].VectorBytes, active);
            operands[step].AddLines(instruction, vector * ViewWalk.Vector, active);
            return;
        }

        switch (step - operands.Length)
        {
            case 0:
                instruction.Set(WaveOp.Fp32, (cost.Single * ViewWalk.Vector) + 2, active, 0);
                break;
            case 1:
                instruction.Set(WaveOp.Fp16, cost.Half * ViewWalk.Vector, cost.Half == 0 ? 0 : active, 0);
                break;
            case 2:
                instruction.Set(WaveOp.Special, cost.Special * ViewWalk.Vector, cost.Special == 0 ? 0 : active);
                break;
            default:
                instruction.Set(WaveOp.BufferWrite, ViewWalk.Vector * output.ElementBytes, active);
                output.AddLines(instruction, vector * ViewWalk.Vector, active);
                break;
        }
    }
}
