using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Compute;
using FlashMem.Simulator.Compute.MicroKernels;
using FlashMem.Simulator.Memory;
using FlashMem.Simulator.Specs;
using FsCheck.Xunit;
using Xunit;
using static FlashMem.Tests.Simulator.Compute.TestProgram;

namespace FlashMem.Tests.Simulator.Compute;

/// <summary>Issue, arithmetic, latency hiding, barriers, dispatch and extrapolation against closed forms. A clock is 1000 ps.</summary>
public sealed class GpuMachineTests
{
    private const long Clock = 1000;

    [Theory]
    [InlineData(nameof(WaveOp.Fp32), 7, 7)]
    [InlineData(nameof(WaveOp.Fp16), 8, 4)]
    [InlineData(nameof(WaveOp.Special), 3, 12)]
    public void One_wave_per_core_takes_its_operations_over_the_rate(string op, int amount, int clocks)
    {
        MachineResult result = Run(new TestProgram(Do(Enum.Parse<WaveOp>(op), amount)) { Workgroups = 2 });

        Assert.Equal(clocks * Clock, result.Picoseconds);
        Assert.Equal("compute", result.BoundBy);
    }

    [Property(MaxTest = 50)]
    public void Arithmetic_that_fills_all_cores_takes_exactly_its_total_over_the_peak(byte rounds, byte amount)
    {
        // 16 places on two cores; every workgroup costs its amount in clocks of one core.
        long workgroups = 16L * ((rounds % 20) + 1);
        int clocks = 1 + (amount % 50);
        MachineResult result = Run(new TestProgram(Do(WaveOp.Fp32, clocks)) { Workgroups = workgroups }, SteadyStateOptions.Everything);

        Assert.InRange(result.Picoseconds, workgroups * clocks / 2 * Clock, ((workgroups * clocks / 2) + 1) * Clock);
        Assert.Equal(workgroups, result.Counters[Counter.Instructions]);
    }

    [Fact]
    public void Short_instructions_are_bound_by_the_issue_rate()
    {
        Action<long, int, WaveInstruction>[] steps = [.. Enumerable.Repeat(Do(WaveOp.Fp16, 1), 100)];
        MachineResult result = Run(new TestProgram(steps) { Workgroups = 16 });

        Assert.InRange(result.Picoseconds, 799 * Clock, 801 * Clock);
        Assert.Equal("issue", result.BoundBy);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Loads_in_flight_divide_the_latency(int mostInFlight)
    {
        const int Reads = 64;
        Action<long, int, WaveInstruction>[] steps = [.. Enumerable.Repeat(ReadTexture(0, mostInFlight), Reads)];
        var machine = new GpuMachine(TestSpecs.Simple);
        machine.Run(new TestProgram(steps));
        MachineResult result = machine.Run(new TestProgram(steps));

        // A hit takes 101 clocks; the first of the loads in flight issue one clock after the other.
        long latency = 101 * Clock;
        long rounds = Reads / (mostInFlight + 1);
        Assert.InRange(result.Picoseconds, rounds * latency, (rounds * latency) + (mostInFlight * 2 * Clock));
        Assert.Equal("latency", result.BoundBy);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Resident_waves_hide_each_others_latency(int waves)
    {
        const int Reads = 50;
        Action<long, int, WaveInstruction>[] steps = [.. Enumerable.Repeat(ReadTexture(0, 0), Reads)];
        var program = new TestProgram(steps) { Workgroups = 2L * waves, MostWorkgroupsPerCore = waves };
        var machine = new GpuMachine(TestSpecs.Simple);
        machine.Run(program);

        // Eight waves issue well within one latency: they all take as long as one.
        Assert.InRange(machine.Run(program).Picoseconds, Reads * 101 * Clock, ((Reads * 101) + (2 * waves)) * Clock);
    }

    [Fact]
    public void A_barrier_holds_a_workgroup_for_its_slowest_wave()
    {
        var program = new TestProgram(
            (_, wave, instruction) => instruction.Set(WaveOp.Special, wave == 3 ? 100 : 1, 64),
            Do(WaveOp.Barrier, 0),
            Do(WaveOp.Fp32, 10)) { WavesPerWorkgroup = 4 };

        // Special functions of four waves share a pipe: 3 x 4 + 400 clocks; afterwards four times ten in the other pipe.
        Assert.Equal((412 + 40) * Clock, Run(program).Picoseconds);
    }

    [Fact]
    public void Workgroups_start_in_order_as_places_free_up()
    {
        var starts = new List<long>();
        var program = new TestProgram(
            (workgroup, _, instruction) =>
            {
                starts.Add(workgroup);
                instruction.Set(WaveOp.Fp32, workgroup == 0 ? 100 : 10, 64);
            }) { Workgroups = 8, MostWorkgroupsPerCore = 1 };

        // The second core takes all the others while the first works on the long one.
        Assert.Equal(100 * Clock, Run(program).Picoseconds);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], starts);
    }

    [Fact]
    public void A_workgroup_that_does_not_fit_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => Run(new TestProgram(Do(WaveOp.Fp32, 1)) { WavesPerWorkgroup = 9 }));

        Assert.Contains("9 waves does not fit a shader core of 8 waves", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1003)]
    [InlineData(5)]
    public void An_extrapolated_launch_takes_what_the_whole_one_takes(long workgroups)
    {
        var program = new TestProgram(
            (workgroup, _, instruction) =>
            {
                instruction.Set(WaveOp.BufferRead, 16, 64);
                for (ulong line = 0; line < 16; line++)
                {
                    instruction.AddLine((ulong)workgroup * 1024 + (line * 64));
                }
            },
            Do(WaveOp.Fp32, 20, 0)) { Workgroups = workgroups };
        MachineResult whole = Run(program, SteadyStateOptions.Everything);
        MachineResult part = Run(program);

        Assert.Equal(workgroups, whole.SimulatedWorkgroups);
        Assert.True(part.SimulatedWorkgroups < 200);
        Assert.InRange(part.Picoseconds, 0.98 * whole.Picoseconds, 1.02 * whole.Picoseconds);
        Assert.InRange(
            part.Counters[Counter.DramReadBytes],
            0.98 * whole.Counters[Counter.DramReadBytes],
            1.02 * whole.Counters[Counter.DramReadBytes]);
    }

    [Fact]
    public void The_same_run_twice_counts_the_same()
    {
        SimulatorSpec spec = SimulatorPresets.Load("pixel-4");
        BandwidthProgram program = BandwidthProgram.OfImage(spec, 262144);
        MachineResult first = new GpuMachine(spec).Run(program);
        MachineResult second = new GpuMachine(spec).Run(program);

        Assert.Equal(first, second);
    }

    private static MachineResult Run(IWaveProgram program, SteadyStateOptions? options = null) =>
        new GpuMachine(TestSpecs.Simple).Run(program, options);
}
