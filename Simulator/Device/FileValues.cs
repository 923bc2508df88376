using FlashMem.Abstractions.Devices;

namespace FlashMem.Simulator.Device;

/// <summary>Fetches the bytes of reads from the real file, one at a time, into the memory that holds the values.</summary>
/// <param name="file">Reads the file; owned.</param>
/// <param name="device">Computes the values.</param>
internal sealed class FileValues(IWeightStorage file, IDevice device) : IAsyncDisposable
{
    private Timeline arrived = device.CreateTimeline("values of storage");
    private ulong count;

    /// <summary>Fills the read's target; blocks until done.</summary>
    public void Read(ReadCommand command)
    {
        try
        {
            file.Read(command with { Target = SimulatedMemory.Values(command.Target) }, [], arrived.At(++count));
            arrived.Wait(count);
        }
        catch
        {
            (arrived, count) = (device.CreateTimeline(arrived.Name), 0);
            throw;
        }
    }

    public ValueTask DisposeAsync() => file.DisposeAsync();
}
