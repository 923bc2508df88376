using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Memory;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Compute;

/// <summary>
/// Shader cores over the memory hierarchy. Workgroups go to cores in order as places free up; a core's waves issue in the order in which
/// they become ready; loads are asynchronous, so waves hide each other's latency. Event driven: clocks in which nothing happens cost
/// nothing. Deterministic; not thread-safe.
/// </summary>
internal sealed class GpuMachine
{
    private readonly ShaderCores cores;
    private readonly MemoryPath memory;
    private readonly EventQueue<int> events = new();
    private long instructions;
    private long handled;
    private long clock;

    public GpuMachine(SimulatorSpec spec)
    {
        cores = new ShaderCores(spec.Compute);
        memory = new MemoryPath(spec);
    }

    /// <summary>
    /// Runs a launch after what ran before; caches keep what they hold, dirty lines of L2 are written back at the end. When times per round
    /// of workgroups have settled the rest of the launch is extrapolated from the last rounds.
    /// </summary>
    /// <exception cref="UsageException">A workgroup does not fit a core.</exception>
    public MachineResult Run(IWaveProgram program, SteadyStateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        var launch = new Launch(program, cores, options ?? new SteadyStateOptions(), clock, Count());
        foreach (int slot in launch.Begin())
        {
            events.Push(clock, slot);
        }

        while (events.TryPop(out long time, out int slot))
        {
            handled++;
            clock = time;
            Step(launch, slot, time);
        }

        clock = memory.Flush(launch.End);
        return launch.Result(clock, Count(), cores.Cores);
    }

    private void Step(Launch launch, int slot, long time)
    {
        WaveSlot wave = launch.Slots[slot];
        while (true)
        {
            if (wave.Index == launch.Program.InstructionsPerWave)
            {
                Finish(launch, slot, wave, time);
                return;
            }

            long next = Execute(launch, slot, wave, time);
            if (next < 0)
            {
                return;
            }

            // The wave goes on without the queue where nothing else comes before it.
            if (next >= events.NextTime)
            {
                events.Push(next, slot);
                return;
            }

            time = next;
        }
    }

    /// <summary>Issues the wave's next instruction if it can, and returns when to look at the wave again; -1: a barrier will say.</summary>
    private long Execute(Launch launch, int slot, WaveSlot wave, long time)
    {
        WaveInstruction instruction = wave.Instruction;
        if (!wave.Fetched)
        {
            launch.Program.Read(wave.Workgroup, wave.Wave, wave.Index, instruction);
            wave.Fetched = true;
        }

        int most = instruction.Op == WaveOp.WaitLoads ? 0 : instruction.MaxInFlight;
        if (most >= 0)
        {
            long ready = wave.WhenInFlight(most, time);
            if (ready > time)
            {
                return ready;
            }
        }

        instructions++;
        wave.Fetched = false;
        wave.Index++;
        if (instruction.Op == WaveOp.Barrier)
        {
            return Arrive(launch, slot, time);
        }

        if (instruction.Op == WaveOp.WaitLoads || instruction.Items == 0)
        {
            return time;
        }

        long start = cores.Issue(wave.Core, time);
        long bytes = (long)instruction.Amount * instruction.Items;
        switch (instruction.Op)
        {
            case WaveOp.TextureRead:
                wave.AddLoad(memory.ReadTexture(wave.Core, instruction.Lines, bytes, start));
                break;
            case WaveOp.BufferRead:
                wave.AddLoad(memory.ReadBuffer(wave.Core, instruction.Lines, bytes, start));
                break;
            case WaveOp.BufferWrite:
                launch.Wrote(memory.WriteBuffer(instruction.Lines, start));
                break;
            case WaveOp.TextureWrite:
                launch.Wrote(memory.WriteTexture(wave.Core, bytes, start));
                break;
            default:
                return cores.Work(wave.Core, instruction.Op, instruction.Amount, start);
        }

        return start + cores.ClockPeriod;
    }

    private long Arrive(Launch launch, int slot, long time)
    {
        if (!launch.ArriveAtBarrier(slot, out Range others))
        {
            return -1;
        }

        for (int other = others.Start.Value; other < others.End.Value; other++)
        {
            if (other != slot)
            {
                events.Push(time, other);
            }
        }

        return time;
    }

    private void Finish(Launch launch, int slot, WaveSlot wave, long time)
    {
        if (wave.LoadsDone > time)
        {
            events.Push(wave.LoadsDone, slot);
            return;
        }

        if (launch.Finish(slot, time, this, out Range started))
        {
            for (int other = started.Start.Value; other < started.End.Value; other++)
            {
                events.Push(time, other);
            }
        }
    }

    /// <summary>All counters since the machine was made.</summary>
    public Counters Count()
    {
        var counters = new Counters();
        memory.Count(counters);
        cores.Count(counters);
        counters[Counter.Events] = handled;
        counters[Counter.Instructions] = instructions;
        return counters;
    }
}
