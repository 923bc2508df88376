using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Measurements;
using FlashMem.Simulator.Device;
using FlashMem.Tests.Scheduling;
using FlashMem.Tests.Simulator.Device;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Twin;

/// <summary>Twins whose commands take longer to hand over than to run; times in microseconds.</summary>
public sealed class DriverLaneTests : IAsyncDisposable
{
    private const double Kernel = 10;
    private const double Copy = 12;
    private const double Wait = 25;
    private const double KernelRuns = 1;
    private const double CopyRuns = 14;
    private const int CopyBytes = 64 << 10;

    private readonly SimulatedDevice device;
    private readonly DispatchCommand kernel;
    private readonly CopyCommand copy;
    private readonly Timeline kernels;
    private readonly Timeline copies;

    public DriverLaneTests()
    {
        device = MadeUpTwins.Open(MadeUpTwins.Figures(
            Problems.Textures, MadeUpTwins.Measured(TestCommands.FillKernel(8), 0, 0, KernelRuns * 1e-6)) with
        {
            Copies = [new SizedTime(CopyBytes, CopyRuns * 1e-6, 1, 1)],
            Driver = new DriverCosts(Kernel * 1e-6, Copy * 1e-6, Wait * 1e-6),
            Handover = new Figure(0, "s", FigureKind.Estimate, "invented for tests"),
            RunOverhead = new Figure(0, "s", FigureKind.Estimate, "invented for tests"),
        });
        kernel = TestCommands.Fill(device, 8);
        var memory = new MemoryRange(device.Allocate(MemoryTier.Unified, CopyBytes), 0, CopyBytes);
        copy = new CopyCommand("move", memory, memory);
        kernels = device.CreateTimeline("kernels");
        copies = device.CreateTimeline("copies");
    }

    public ValueTask DisposeAsync() => device.DisposeAsync();

    [Property(MaxTest = 20)]
    public void Short_kernels_take_what_handing_them_over_takes(PositiveInt number)
    {
        ulong before = kernels.Completed;
        double start = Now;
        for (ulong i = 1; i <= (ulong)number.Get; i++)
        {
            device.ComputeQueue.Dispatch(kernel, [], kernels.At(before + i));
        }

        kernels.Wait(before + (ulong)number.Get);
        Assert.Equal((number.Get * Kernel) + KernelRuns, Now - start, 1e-5);
    }

    [Property(MaxTest = 20)]
    public void Queues_that_both_press_on_take_turns(PositiveInt number)
    {
        int count = number.Get;
        double start = Now;
        (ulong kernelsBefore, ulong copiesBefore) = (kernels.Completed, copies.Completed);

        // A gate, so that no command goes before all are there.
        Timeline gate = device.CreateTimeline("gate");
        for (ulong i = 1; i <= (ulong)count; i++)
        {
            device.ComputeQueue.Dispatch(kernel, [gate.At(1)], kernels.At(kernelsBefore + i));
            device.TransferQueue.Copy(copy, [gate.At(1)], copies.At(copiesBefore + i));
        }

        gate.Signal(1);
        kernels.Wait(kernelsBefore + (ulong)count);
        copies.Wait(copiesBefore + (ulong)count);

        Assert.Equal((count * (Kernel + Copy)) + CopyRuns, Now - start, 1e-5);
    }

    [Fact]
    public void A_command_is_handed_over_while_what_it_waits_for_runs()
    {
        device.ComputeQueue.Dispatch(kernel, [copies.At(1)], kernels.At(1));
        device.TransferQueue.Copy(copy, [], copies.At(1));

        // Handed over after the copy it would begin 14 us later.
        kernels.Wait(1);
        Assert.Equal(Copy + Kernel + Wait + KernelRuns, Now, 1e-5);
    }

    [Fact]
    public void A_command_that_waits_for_the_host_holds_its_own_queue_alone()
    {
        Timeline gate = device.CreateTimeline("gate");
        device.TransferQueue.Copy(copy, [gate.At(1)], copies.At(1));
        device.ComputeQueue.Dispatch(kernel, [], kernels.At(1));
        device.ComputeQueue.Dispatch(kernel, [], kernels.At(2));

        kernels.Wait(2);
        Assert.Equal((2 * Kernel) + KernelRuns, Now, 1e-5);

        double start = Now;
        gate.Signal(1);
        copies.Wait(1);
        Assert.Equal(Copy + CopyRuns, Now - start, 1e-5);
    }

    [Fact]
    public void A_command_whose_wait_fails_never_reaches_the_driver_and_the_next_one_does()
    {
        Timeline gate = device.CreateTimeline("gate");
        device.TransferQueue.Copy(copy, [gate.At(1)], kernels.At(1));
        device.TransferQueue.Copy(copy, [], copies.At(1));
        gate.Fail(new RunFailedException("the disk is gone"));

        copies.Wait(1);
        Assert.Equal(Copy + CopyRuns, Now, 1e-5);
        Assert.Equal("the disk is gone", kernels.Failure?.Message);
    }

    [Theory]
    [InlineData(-1e-6)]
    [InlineData(double.NaN)]
    public void A_cost_that_cannot_be_is_refused_by_name(double seconds)
    {
        TwinFigures figures = MadeUpTwins.Figures(
            Problems.Textures, MadeUpTwins.Measured(kernel.Kernel.Desc, 0, 0, 1e-6)) with
        {
            Driver = new DriverCosts(1e-6, 1e-6, seconds),
        };

        Assert.Contains(
            "waitSeconds",
            Assert.Throws<UsageException>(() => MadeUpTwins.Open(figures)).Message,
            StringComparison.Ordinal);
    }

    private double Now => device.Now.Milliseconds * 1e3;
}
