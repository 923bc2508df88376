using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Simulator.Compute;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// A copy of the data, then every work-item's share of the updates: index, update, and the place that a fixed hash gives it (read as well
/// when updates combine).
/// </summary>
internal sealed class ScatterPattern : KernelPattern
{
    private readonly ViewWalk data;
    private readonly ViewWalk output;
    private readonly ViewWalk updates;
    private readonly StreamOperand indices;
    private readonly HashedRows places;
    private readonly bool combines;
    private readonly long vectors;
    private readonly long updateVectors;
    private readonly long items;

    public ScatterPattern(PatternTarget target, ScatterKernel kernel)
        : base(target)
    {
        int line = target.BufferLineBytes;
        TensorView update = kernel.Inputs[2];
        data = new ViewWalk(kernel.Inputs[0], 0, line);
        updates = new ViewWalk(update, 2, line);
        output = new ViewWalk(kernel.Output, OperandSlots.Output, line);
        Shape indexShape = kernel.Inputs[1].Shape;
        long tuples = kernel.Mode == ScatterMode.Elements || indexShape.Rank == 0
            ? indexShape.ElementCount
            : indexShape.ElementCount / Math.Max(1, indexShape[indexShape.Rank - 1]);
        long inner = Math.Max(1, update.ElementCount / Math.Max(1, tuples));
        indices = new IndexOperand(1, inner, Math.Max(1, indexShape.ElementCount), line);
        places = new HashedRows(OperandSlots.Output, inner, kernel.Output.ElementCount, HalfElements.Bytes(kernel.Output.Type), line);
        combines = kernel.Reduction != ScatterReduction.None;
        vectors = Math.Max(1, (kernel.Output.ElementCount + ViewWalk.Vector - 1) / ViewWalk.Vector);
        updateVectors = (update.ElementCount + ViewWalk.Vector - 1) / ViewWalk.Vector;
        long workgroups = (vectors + target.WaveWidth - 1) / target.WaveWidth;
        items = workgroups * target.WaveWidth;
        Launch(
            workgroups, 1, target.WavesPerCore, 0, -1,
            [new PatternLoop(1, 1, 2), new PatternLoop((int)((updateVectors + items - 1) / items), combines ? 3 : 2, 2)]);
    }

    protected override void Emit(int loop, int iteration, int step, long workgroup, int wave, WaveInstruction instruction)
    {
        long vector = (iteration * items) + (workgroup * Target.WaveWidth);
        int active = (int)Math.Clamp((loop == 0 ? vectors : updateVectors) - vector, 0, Target.WaveWidth);
        long position = vector * ViewWalk.Vector;
        int reads = loop == 0 ? 1 : combines ? 3 : 2;
        if (step == reads)
        {
            instruction.Set(WaveOp.Fp32, ViewWalk.Vector, active, 0);
        }
        else if (step < reads)
        {
            bool index = loop == 1 && step == 0;
            bool update = loop == 1 && step == 1;
            int bytes = index ? indices.VectorBytes : ViewWalk.Vector * (update ? updates : data).ElementBytes;
            instruction.Set(WaveOp.BufferRead, bytes, active);
            if (loop == 0 || update)
            {
                (update ? updates : data).AddLines(instruction, position, active);
            }
            else
            {
                (index ? indices : places).AddLines(instruction, position, active);
            }
        }
        else
        {
            instruction.Set(WaveOp.BufferWrite, ViewWalk.Vector * output.ElementBytes, active);
            if (loop == 0)
            {
                output.AddLines(instruction, position, active);
            }
            else
            {
                places.AddLines(instruction, position, active);
            }
        }
    }
}
