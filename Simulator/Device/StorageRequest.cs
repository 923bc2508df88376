using FlashMem.Abstractions.Time;

namespace FlashMem.Simulator.Device;

/// <summary>A read on its way through a <see cref="StorageChannel"/>.</summary>
/// <param name="range">Says what it reads, for errors.</param>
/// <param name="bytes">How much.</param>
/// <param name="completed">Called once, with why it failed or null.</param>
internal sealed class StorageRequest(Func<string> range, int bytes, Action<StorageRequest, Exception?> completed)
{
    public string Range => range();

    public int Bytes { get; } = bytes;

    /// <summary>Which of the requests under way it is: the storage lane of its trace event.</summary>
    public int Slot { get; set; }

    public DeviceTime Start { get; set; }

    public void Completed(Exception? failure) => completed(this, failure);
}
