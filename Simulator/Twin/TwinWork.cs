using FlashMem.Abstractions.Devices;
using FlashMem.Simulator.Device;

namespace FlashMem.Simulator.Twin;

/// <summary>What commands of a twin cost by what was measured.</summary>
/// <param name="kernels">Times of kernels.</param>
/// <param name="copies">Times of copies; null on zero-copy devices, where none moves anything.</param>
/// <param name="jitter">Chance.</param>
/// <param name="blockBytes">Bytes of a texture block.</param>
internal sealed class TwinWork(TwinKernels kernels, SizedTimes? copies, Jitter jitter, long blockBytes) : ICommandWork
{
    public CommandTime Time(DispatchCommand command)
    {
        long carried = command.Moves.Sum(move => move.Source.Bytes);
        LaunchTime total = default;
        foreach (int panels in WeightPieces.Of(command, blockBytes))
        {
            LaunchTime time = kernels.Time(command.Kernel.Desc, panels, carried);
            carried = 0;
            total = new LaunchTime(
                total.LaunchSeconds + time.LaunchSeconds, total.Seconds + time.Seconds, total.Bytes + time.Bytes, total.IsEstimate || time.IsEstimate);
        }

        return new CommandTime(
            DramClient.Kernels,
            TwinTime.Picoseconds(total.LaunchSeconds),
            jitter.Lengthen(TwinTime.Picoseconds(total.Seconds)),
            total.Bytes,
            command.Kernel.Desc.Class);
    }

    public CommandTime Time(CopyCommand command)
    {
        long bytes = command.Source.Bytes;
        double seconds = bytes == 0 || copies is null ? 0 : copies.Of(bytes).BusySeconds;
        return new CommandTime(DramClient.Copies, 0, jitter.Lengthen(TwinTime.Picoseconds(seconds)), 2 * bytes);
    }

    public void Complete(DispatchCommand command) => SimulatedMemory.Forget(command);

    public void Complete(CopyCommand command) => SimulatedMemory.Forget(command);
}
