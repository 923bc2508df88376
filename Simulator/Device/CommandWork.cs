using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Kernels;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Device;

/// <summary>What commands cost by the spec, and their values where there are any.</summary>
internal sealed class CommandWork : ICommandWork
{
    private readonly IKernelTimer timer;
    private readonly ValueRunner? values;
    private readonly Jitter jitter;
    private readonly Rate copies;
    private readonly long launch;
    private readonly long convolutionSetup;
    private readonly HashSet<SimulatedKernel> setUp = new(ReferenceEqualityComparer.Instance);

    public CommandWork(SimulatorSpec spec, IKernelTimer timer, ValueRunner? values, Jitter jitter)
    {
        this.timer = timer;
        this.values = values;
        this.jitter = jitter;
        copies = Rate.PerSecond(Quantities.BytesPerSecond(spec.Memory.CopyBandwidth, "memory.copyBandwidth"));
        launch = Quantities.Picoseconds(spec.Compute.LaunchLatency, "compute.launchLatency");
        convolutionSetup = Quantities.Picoseconds(spec.Compute.ConvolutionSetup, "compute.convolutionSetup");
    }

    public CommandTime Time(DispatchCommand command)
    {
        var kernel = (SimulatedKernel)command.Kernel;
        KernelTiming timing = timer.Time(
            kernel.Timed, command.Panels, command.Moves.Sum(move => move.Source.Bytes));
        long setup = kernel.Desc is ConvKernel { Weight: not null } && setUp.Add(kernel) ? convolutionSetup : 0;
        return new CommandTime(DramClient.Kernels, launch + setup, jitter.Lengthen(timing.Alone.Picoseconds), timing.DramBytes, Cores: timing.Cores);
    }

    /// <summary>A copy reads and writes every byte. It needs no launch: it goes by the transfer queue.</summary>
    public CommandTime Time(CopyCommand command) => new(
        DramClient.Copies, 0, jitter.Lengthen(copies.Duration(command.Source.Bytes)), 2 * command.Source.Bytes);

    public void Complete(DispatchCommand command)
    {
        SimulatedMemory.Forget(command);
        values?.Run(command);
    }

    public void Complete(CopyCommand command)
    {
        SimulatedMemory.Forget(command);
        values?.Run(command);
    }
}
