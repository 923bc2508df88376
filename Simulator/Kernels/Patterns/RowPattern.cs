using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Simulator.Compute;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>What a kernel over rows does; operations count per element.</summary>
internal sealed record RowShape
{
    /// <summary>Passes over a row that end in a value shared by its lanes.</summary>
    public required int Folds { get; init; }

    /// <summary>Operations of every pass.</summary>
    public required int Operations { get; init; }

    /// <summary>Special functions of the last fold and of the writing pass.</summary>
    public int Special { get; init; }

    /// <summary>Inputs read again in the writing pass, after input 0.</summary>
    public int Extra { get; init; }

    /// <summary>There is a writing pass; else a row gives one element.</summary>
    public bool WritesRows { get; init; } = true;
}

/// <summary>
/// Kernels whose passes over a row depend on each other: softmax, normalisation, reduction. Lanes share a row; every pass reads the row
/// anew from a buffer, folds it and meets at a barrier. Plans let them carry no moves; where asked to, the first pass does.
/// </summary>
internal sealed class RowPattern : KernelPattern
{
    private const int MostWavesPerRow = 4;

    private readonly RowShape shape;
    private readonly ViewWalk input;
    private readonly ViewWalk[] extra;
    private readonly ViewWalk output;
    private readonly ProgramCost epilogue;
    private readonly long rows;
    private readonly long inner;
    private readonly bool across;
    private readonly int lanes;
    private readonly int foldSteps;

    public RowPattern(PatternTarget target, KernelDesc kernel, long carriedBytes, RowShape shape)
        : base(target)
    {
        this.shape = shape;
        TensorView view = kernel.Inputs[0];
        (rows, inner) = (view.Shape[0], view.Shape[1]);
        input = new ViewWalk(view, 0, target.BufferLineBytes);
        int epilogueInputs = kernel.Inputs.Length - kernel.EpilogueStart;
        int[] slots = [.. Enumerable.Range(1, shape.Extra), .. Enumerable.Range(kernel.EpilogueStart, epilogueInputs)];
        extra = [.. slots.Select(slot => new ViewWalk(kernel.Inputs[slot], slot, target.BufferLineBytes))];
        output = new ViewWalk(kernel.Output, OperandSlots.Output, target.BufferLineBytes);
        epilogue = ProgramCost.Of(kernel.Epilogue);

        // Where neighbours in memory are the same element of neighbouring rows, a work-item takes four rows at a time.
        across = rows % ViewWalk.Vector == 0 && inner > 1
            && view.StrideOf(1) != 1 && view.Axes[0].Length > 0 && view.Axes[0][^1].Stride == 1;
        long vectors = across ? inner : (inner + ViewWalk.Vector - 1) / ViewWalk.Vector;
        lanes = 1;
        while (lanes < Math.Min(vectors, (long)target.WaveWidth * MostWavesPerRow))
        {
            lanes *= 2;
        }

        lanes = across ? Math.Min(lanes, target.WaveWidth) : Math.Min(lanes, target.WaveWidth * MostWavesPerRow);
        int waves = Math.Max(1, lanes / target.WaveWidth);
        int iterations = (int)((vectors + lanes - 1) / lanes);
        foldSteps = waves > 1 ? 3 : 1;
        var loops = new List<PatternLoop>();
        for (int fold = 0; fold < shape.Folds; fold++)
        {
            loops.Add(new PatternLoop(iterations, 1, 2));
            loops.Add(new PatternLoop(1, 0, foldSteps));
        }

        int writing = shape.WritesRows ? iterations : 1;
        int reads = (shape.WritesRows ? 1 : 0) + extra.Length;
        loops.Add(new PatternLoop(writing, reads, 3));
        long units = across ? rows / ViewWalk.Vector : rows;
        Launch((units + UnitsPerGroup - 1) / UnitsPerGroup, waves, target.WavesPerCore, carriedBytes, 0, [.. loops]);
    }

    /// <summary>Rows (or quadruples of rows) of a workgroup.</summary>
    private int UnitsPerGroup => Math.Max(1, Target.WaveWidth / lanes);

    protected override void Emit(int loop, int iteration, int step, long workgroup, int wave, WaveInstruction instruction)
    {
        long units = across ? rows / ViewWalk.Vector : rows;
        long unit = workgroup * UnitsPerGroup;
        int here = (int)Math.Min(UnitsPerGroup, units - unit);
        int items = here * Math.Min(lanes, Target.WaveWidth);
        long lane = (long)wave * Target.WaveWidth;
        long vector = ((long)iteration * lanes) + lane;
        if (loop == 2 * shape.Folds)
        {
            EmitWrite(unit, here, vector, items, step, instruction);
        }
        else if (loop % 2 == 1)
        {
            // A tree over the lanes: shuffles and adds, and through local memory between waves.
            int levels = int.Log2(Math.Max(1, lanes));
            bool meets = foldSteps == 3 && step == 1;
            instruction.Set(meets ? WaveOp.Barrier : WaveOp.Fp32, meets ? 0 : levels + 1, items);
        }
        else if (step == 0)
        {
            instruction.Set(WaveOp.BufferRead, ViewWalk.Vector * input.ElementBytes, Active(here, vector));
            AddLines(input, unit, here, vector, instruction);
        }
        else if (step == 1)
        {
            instruction.Set(WaveOp.Fp16, ViewWalk.Vector * shape.Operations, Active(here, vector), 0);
        }
        else
        {
            bool special = shape.Special > 0 && loop == 2 * (shape.Folds - 1) && shape.Folds > 1;
            instruction.Set(WaveOp.Special, ViewWalk.Vector * shape.Special, special ? Active(here, vector) : 0);
        }
    }

    private void EmitWrite(long unit, int here, long vector, int items, int step, WaveInstruction instruction)
    {
        int reads = (shape.WritesRows ? 1 : 0) + extra.Length;
        int active = shape.WritesRows ? Active(here, vector) : vector == 0 ? here : 0;
        if (step < reads)
        {
            ViewWalk walk = shape.WritesRows && step == 0 ? input : extra[step - (shape.WritesRows ? 1 : 0)];
            instruction.Set(WaveOp.BufferRead, ViewWalk.Vector * walk.ElementBytes, active);
            AddOutputLines(walk, unit, here, vector, active, instruction);
        }
        else if (step == reads)
        {
            int operations = ViewWalk.Vector * (shape.Operations + epilogue.Half + epilogue.Single);
            instruction.Set(WaveOp.Fp16, operations, active, 0);
        }
        else if (step == reads + 1)
        {
            int special = ViewWalk.Vector * (shape.Special + epilogue.Special);
            instruction.Set(WaveOp.Special, special, special == 0 ? 0 : active);
        }
        else
        {
            int elements = shape.WritesRows || across ? ViewWalk.Vector : 1;
            instruction.Set(WaveOp.BufferWrite, elements * output.ElementBytes, active);
            AddOutputLines(output, unit, here, vector, active, instruction);
        }
    }

    private void AddOutputLines(ViewWalk walk, long unit, int here, long vector, int active, WaveInstruction instruction)
    {
        if (shape.WritesRows)
        {
            AddLines(walk, unit, here, vector, instruction);
            return;
        }

        int perUnit = across ? ViewWalk.Vector : 1;
        for (int i = 0; active > 0 && i < here; i++)
        {
            walk.AddElement(instruction, (unit + i) * perUnit);
        }
    }

    private void AddLines(ViewWalk walk, long unit, int here, long vector, WaveInstruction instruction)
    {
        int perUnit = Math.Min(lanes, Target.WaveWidth);
        for (int u = 0; u < here; u++)
        {
            for (int i = 0; i < perUnit; i++)
            {
                long at = vector + i;
                if (across)
                {
                    if (at < inner)
                    {
                        walk.AddElement(instruction, ((unit + u) * ViewWalk.Vector * inner) + at);
                    }
                }
                else if (at * ViewWalk.Vector < inner)
                {
                    walk.AddLines(instruction, ((unit + u) * inner) + (at * ViewWalk.Vector));
                }
            }
        }
    }

    private int Active(int here, long vector)
    {
        long vectors = across ? inner : (inner + ViewWalk.Vector - 1) / ViewWalk.Vector;
        return here * (int)Math.Clamp(vectors - vector, 0, Math.Min(lanes, Target.WaveWidth));
    }
}
