using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Runtime.Profiling;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Twin;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Twin;

/// <summary>What the simulator makes of measured factors, against the formula by which they are measured.</summary>
public sealed class InterferenceContentionTests
{
    private const double Slack = 8;

    [Property]
    public void Factors_measured_on_the_simulation_are_those_that_it_was_given(PositiveInt kernel, PositiveInt read, byte first, byte second)
    {
        long kernelAlone = 1000L * kernel.Get;
        long readAlone = 1000L * read.Get;
        double slowedKernel = 1 + (first / 100.0);
        double slowedRead = 1 + (second / 100.0);
        (InterferenceContention contention, _) = Open(slowedKernel, slowedRead);
        IContendingWork a = contention.Add(Kernel(kernelAlone))!;
        IContendingWork b = contention.Add(Read(readAlone))!;

        Run(contention);

        (double kernelFactor, double readFactor) = InterferenceProbe.Factors(
            kernelAlone, readAlone, a.CompletedAt!.Value, b.CompletedAt!.Value);
        double both = Math.Min(a.CompletedAt.Value, b.CompletedAt.Value);
        Assert.InRange(both / kernelFactor, (both / slowedKernel) - Slack, (both / slowedKernel) + Slack);
        Assert.InRange(both / readFactor, (both / slowedRead) - Slack, (both / slowedRead) + Slack);
    }

    [Property]
    public void Work_alone_takes_what_it_takes_and_other_classes_are_not_slowed(PositiveInt picoseconds)
    {
        (InterferenceContention contention, _) = Open(3, 3);
        IContendingWork read = contention.Add(Read(picoseconds.Get))!;
        IContendingWork kernel = contention.Add(Kernel(2L * picoseconds.Get) with { Class = OperatorClass.Elemental })!;

        Run(contention);

        Assert.Equal(picoseconds.Get, read.CompletedAt);
        Assert.Equal(2L * picoseconds.Get, kernel.CompletedAt);
    }

    [Fact]
    public void An_interrupt_lengthens_the_kernel_under_way_or_what_is_left_of_it_the_next()
    {
        (InterferenceContention contention, _) = Open(1, 1);
        contention.Interrupt(100);
        contention.AdvanceTo(40);
        IContendingWork kernel = contention.Add(Kernel(1000))!;
        contention.Interrupt(7);

        Run(contention);

        Assert.Equal(40 + 60 + 1000 + 7, kernel.CompletedAt);
    }

    private static void Run(InterferenceContention contention)
    {
        while (contention.NextCompletion is { } next)
        {
            contention.AdvanceTo(next);
        }
    }

    private static (InterferenceContention Contention, double Factor) Open(double kernel, double read) => (
        new InterferenceContention(
        [
            new(DeviceActivity.Kernels, DeviceActivity.Reads, OperatorClass.Reusable, kernel),
            new(DeviceActivity.Reads, DeviceActivity.Kernels, OperatorClass.Reusable, read),
        ]),
        kernel);

    private static CommandTime Kernel(long alone) => new(DramClient.Kernels, 0, alone, 0, OperatorClass.Reusable);

    private static CommandTime Read(long alone) => new(DramClient.Storage, 0, alone, 0);
}
