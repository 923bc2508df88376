using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Memory;

namespace FlashMem.Simulator.Compute;

/// <summary>
/// One launch on a <see cref="GpuMachine"/>: the waves in their places, the workgroups still to come, and the record of rounds by which it
/// is decided that the rest can be extrapolated.
/// </summary>
internal sealed class Launch
{
    private readonly int wavesPerGroup;
    private readonly int[] atBarrier;
    private readonly int[] finished;
    private readonly RoundRecord rounds;
    private readonly long begin;
    private readonly Counters before;
    private long limit;
    private long dispatched;
    private long completed;

    public Launch(IWaveProgram program, ShaderCores cores, SteadyStateOptions options, long begin, Counters before)
    {
        Program = program;
        (this.begin, this.before, End) = (begin, before, begin);
        wavesPerGroup = program.WavesPerWorkgroup;
        int places = Math.Min(program.MostWorkgroupsPerCore, cores.WavesPerCore / Math.Max(1, wavesPerGroup));
        if (wavesPerGroup < 1 || places < 1)
        {
            throw new UsageException(
                $"a workgroup of {wavesPerGroup} waves does not fit a shader core of {cores.WavesPerCore} waves "
                + $"({program.MostWorkgroupsPerCore} workgroups by registers and local memory)");
        }

        int groups = cores.Cores * places;
        Slots = new WaveSlot[groups * wavesPerGroup];
        for (int slot = 0; slot < Slots.Length; slot++)
        {
            Slots[slot] = new WaveSlot(slot / wavesPerGroup % cores.Cores);
        }

        atBarrier = new int[groups];
        finished = new int[groups];
        limit = program.Workgroups;
        rounds = new RoundRecord(options, groups, begin, before);
    }

    public IWaveProgram Program { get; }

    /// <summary>By place, then wave. Neighbouring places are of different cores, so the first workgroups spread over all.</summary>
    public WaveSlot[] Slots { get; }

    /// <summary>When the last wave ended and the last write was accepted, so far.</summary>
    public long End { get; private set; }

    /// <summary>Puts the first workgroups into their places; returns the slots to start.</summary>
    public IEnumerable<int> Begin()
    {
        for (int group = 0; group < finished.Length && Start(group, out Range slots); group++)
        {
            for (int slot = slots.Start.Value; slot < slots.End.Value; slot++)
            {
                yield return slot;
            }
        }
    }

    /// <summary>Counts a wave at a barrier; true for the last one of its workgroup, whose slots it gives.</summary>
    public bool ArriveAtBarrier(int slot, out Range slots)
    {
        int group = slot / wavesPerGroup;
        slots = SlotsOf(group);
        if (++atBarrier[group] < wavesPerGroup)
        {
            return false;
        }

        atBarrier[group] = 0;
        return true;
    }

    /// <summary>Counts a wave that has ended; true if the next workgroup takes the place of its own, in the given slots.</summary>
    public bool Finish(int slot, long time, GpuMachine machine, out Range started)
    {
        End = Math.Max(End, time);
        int group = slot / wavesPerGroup;
        started = default;
        if (++finished[group] < wavesPerGroup)
        {
            return false;
        }

        finished[group] = 0;
        completed++;
        if (limit == Program.Workgroups && rounds.IsDue(completed) && rounds.Settles(time, machine.Count()))
        {
            // What is simulated leaves whole rounds out, so that its last round is as full as the launch's.
            limit -= (limit - dispatched) / rounds.Size * rounds.Size;
        }

        return Start(group, out started);
    }

    public void Wrote(long time) => End = Math.Max(End, time);

    public MachineResult Result(long end, Counters now, int cores)
    {
        long left = Program.Workgroups - limit;
        Counters total = new Counters().PlusSince(now, before, 1, 1);
        long time = end - begin;
        if (left > 0)
        {
            time += rounds.TimeOf(left);
            total = rounds.CountsOf(left, total);
        }

        return new MachineResult(time, total, Program.Workgroups, limit, Bounds.Of(total, time, cores));
    }

    private bool Start(int group, out Range slots)
    {
        slots = SlotsOf(group);
        if (dispatched == limit)
        {
            return false;
        }

        long workgroup = dispatched++;
        for (int wave = 0; wave < wavesPerGroup; wave++)
        {
            Slots[slots.Start.Value + wave].Start(workgroup, wave);
        }

        return true;
    }

    private Range SlotsOf(int group) => new(group * wavesPerGroup, (group + 1) * wavesPerGroup);
}
