using FlashMem.Simulator.Compute;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// Access pattern of one launch: the loops of its family, into whose main loop the carried moves are woven as section 4 of the paper does:
/// the first rounds of the loop issue one buffer read each before their arithmetic and write the texel to the image an iteration later.
/// </summary>
internal abstract class KernelPattern : IWaveProgram
{
    /// <summary>Reads in flight at a time in the moves that the main loop has no room for.</summary>
    private const int RestReads = 4;

    private PatternLoop[] loops = [];
    private PatternStage[] stages = [];
    private CarriedTexels carried;

    protected KernelPattern(PatternTarget target)
    {
        Target = target;
    }

    public PatternTarget Target { get; }

    public long Workgroups { get; private set; }

    public int WavesPerWorkgroup { get; private set; }

    public int MostWorkgroupsPerCore { get; private set; }

    public int InstructionsPerWave { get; private set; }

    /// <summary>The runs of equal iterations, in order.</summary>
    public ReadOnlySpan<PatternStage> Stages => stages;

    public CarriedTexels Carried => carried;

    public void Read(long workgroup, int wave, int index, WaveInstruction instruction)
    {
        int stage = 0;
        while (index >= stages[stage].Iterations * stages[stage].Steps)
        {
            index -= stages[stage].Iterations * stages[stage].Steps;
            stage++;
        }

        int steps = stages[stage].Steps;
        Read(workgroup, wave, stage, index / steps, index % steps, instruction);
    }

    /// <summary>Fills in one step of an iteration of a stage.</summary>
    public void Read(long workgroup, int wave, int stage, int iteration, int step, WaveInstruction instruction)
    {
        PatternStage at = stages[stage];
        switch (at.Kind)
        {
            case StageKind.Plain:
                Emit(at.Loop, at.First + iteration, step, workgroup, wave, instruction);
                break;
            case StageKind.Carrying:
                Carry(loops[at.Loop], at.Loop, iteration, step, workgroup, wave, instruction);
                break;
            case StageKind.LastWrite:
                WriteTexel(workgroup, at.First, 0, instruction);
                break;
            default:
                int round = at.First + (iteration * RestReads) + (step % RestReads);
                if (step < RestReads)
                {
                    ReadTexel(workgroup, wave, round, instruction);
                }
                else
                {
                    WriteTexel(workgroup, round, RestReads - 1 - (step % RestReads), instruction);
                }

                break;
        }
    }

    /// <summary>Fills in one step of the family's own loops.</summary>
    protected abstract void Emit(int loop, int iteration, int step, long workgroup, int wave, WaveInstruction instruction);

    /// <summary>Called once by the family's constructor.</summary>
    /// <param name="workgroups">Workgroups of the launch.</param>
    /// <param name="waves">Waves of a workgroup.</param>
    /// <param name="wavesPerCore">Waves on a core at most, by the registers that the kernel needs.</param>
    /// <param name="carriedBytes">Bytes to move beside the work.</param>
    /// <param name="main">The loop that carries moves.</param>
    /// <param name="familyLoops">The loops in order.</param>
    protected void Launch(
        long workgroups, int waves, int wavesPerCore, long carriedBytes, int main, ReadOnlySpan<PatternLoop> familyLoops)
    {
        Workgroups = workgroups;
        WavesPerWorkgroup = waves;
        MostWorkgroupsPerCore = Math.Max(1, wavesPerCore / waves);
        carried = CarriedTexels.Share(carriedBytes, workgroups, waves * Target.WaveWidth);
        loops = familyLoops.ToArray();
        var all = new List<PatternStage>();
        for (int i = 0; i < loops.Length; i++)
        {
            int inside = i == main ? Math.Min(carried.Rounds, loops[i].Iterations) : 0;
            Add(all, new PatternStage(StageKind.Carrying, i, 0, inside, loops[i].Steps + 2));
            Add(all, new PatternStage(StageKind.Plain, i, inside, loops[i].Iterations - inside, loops[i].Steps));
            if (i == main && carried.Rounds > 0)
            {
                Add(all, new PatternStage(StageKind.LastWrite, i, inside - 1, inside > 0 ? 1 : 0, 1));
                int rest = (carried.Rounds - inside + RestReads - 1) / RestReads;
                Add(all, new PatternStage(StageKind.Rest, i, inside, rest, 2 * RestReads));
            }
        }

        stages = [.. all];
        InstructionsPerWave = checked(all.Sum(stage => stage.Iterations * stage.Steps));
    }

    private static void Add(List<PatternStage> stages, PatternStage stage)
    {
        if (stage.Iterations > 0)
        {
            stages.Add(stage);
        }
    }

    // Reads of the arithmetic, the write of the texel read an iteration before, the read of the next texel, the arithmetic. What waits for
    // the arithmetic's own reads leaves the texel's in flight.
    private void Carry(PatternLoop loop, int number, int iteration, int step, long workgroup, int wave, WaveInstruction instruction)
    {
        if (step < loop.LoadSteps)
        {
            Emit(number, iteration, step, workgroup, wave, instruction);
        }
        else if (step == loop.LoadSteps)
        {
            WriteTexel(workgroup, iteration - 1, loop.LoadSteps, instruction);
        }
        else if (step == loop.LoadSteps + 1)
        {
            ReadTexel(workgroup, wave, iteration, instruction);
        }
        else
        {
            Emit(number, iteration, step - 2, workgroup, wave, instruction);
            if (instruction.MaxInFlight >= 0)
            {
                instruction.MaxInFlight++;
            }
        }
    }

    // Neighbouring work-items move neighbouring texels; behind the last one they repeat it.
    private void ReadTexel(long workgroup, int wave, int round, WaveInstruction instruction)
    {
        long mover = round < carried.Rounds ? carried.Mover(workgroup, Workgroups) : -1;
        instruction.Set(WaveOp.BufferRead, HalfElements.TexelBytes, mover < 0 ? 0 : Target.WaveWidth);
        if (mover < 0)
        {
            return;
        }

        int groupItems = WavesPerWorkgroup * Target.WaveWidth;
        long first = (((round * carried.Movers) + mover) * groupItems) + ((long)wave * Target.WaveWidth);
        long last = carried.Texels - 1;
        long start = Math.Min(first, last);
        long texels = Math.Min(first + Target.WaveWidth - 1, last) - start + 1;
        ulong address = OperandSlots.Address(OperandSlots.Staging) + (ulong)(start * HalfElements.TexelBytes);
        OperandSlots.AddRun(instruction, address, texels * HalfElements.TexelBytes, Target.BufferLineBytes);
    }

    private void WriteTexel(long workgroup, int round, int maxInFlight, WaveInstruction instruction)
    {
        bool moves = round >= 0 && round < carried.Rounds && carried.Mover(workgroup, Workgroups) >= 0;
        instruction.Set(WaveOp.TextureWrite, HalfElements.TexelBytes, moves ? Target.WaveWidth : 0, moves ? maxInFlight : -1);
    }
}
