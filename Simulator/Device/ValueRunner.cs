using FlashMem.Abstractions.Devices;

namespace FlashMem.Simulator.Device;

/// <summary>Carries commands out on the device that computes values, one at a time. Does not own it.</summary>
internal sealed class ValueRunner(IDevice device)
{
    private Timeline done = device.CreateTimeline("values");
    private ulong count;

    /// <summary>Runs a kernel on the same ranges of the memory that holds the values; blocks until done.</summary>
    public void Run(DispatchCommand command)
    {
        DispatchCommand same = command with
        {
            Kernel = ((SimulatedKernel)command.Kernel).Values!,
            Inputs = [.. command.Inputs.Select(SimulatedMemory.Values)],
            Output = SimulatedMemory.Values(command.Output),
            WeightChunks = [.. command.WeightChunks.Select(SimulatedMemory.Values)],
            Moves = [.. command.Moves.Select(Same)],
        };
        Await(point => device.ComputeQueue.Dispatch(same, [], point));
    }

    /// <summary>Copies; blocks until done.</summary>
    public void Run(CopyCommand command) => Await(point => device.ComputeQueue.Copy(Same(command), [], point));

    private static CopyCommand Same(CopyCommand command) => command with
    {
        Source = SimulatedMemory.Values(command.Source), Target = SimulatedMemory.Values(command.Target),
    };

    private void Await(Action<TimePoint> issue)
    {
        try
        {
            issue(done.At(++count));
            done.Wait(count);
        }
        catch
        {
            (done, count) = (device.CreateTimeline(done.Name), 0);
            throw;
        }
    }
}
