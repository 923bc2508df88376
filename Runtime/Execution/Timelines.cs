using FlashMem.Abstractions.Devices;

namespace FlashMem.Runtime.Execution;

/// <summary>The three timelines of an executor and where the current run's values start on them.</summary>
internal sealed class Timelines(IDevice device)
{
    /// <summary>Name of the timeline of reads, as traces give it for what waited.</summary>
    public const string StorageName = "storage";

    /// <summary>Name of the timeline of copies to texture memory.</summary>
    public const string TransferName = "transfer";

    public Timeline Compute { get; } = device.CreateTimeline("compute");

    public Timeline Storage { get; } = device.CreateTimeline(StorageName);

    public Timeline Transfer { get; } = device.CreateTimeline(TransferName);

    public ulong ComputeBase { get; private set; }

    public ulong StorageBase { get; private set; }

    public ulong TransferBase { get; private set; }

    public bool IsFailed => (Compute.Failure ?? Storage.Failure ?? Transfer.Failure) is not null;

    /// <summary>Moves on to the next run after a complete one.</summary>
    public void Advance(RunSchedule schedule)
    {
        ComputeBase += (ulong)schedule.Steps.Length;
        StorageBase += (ulong)schedule.StorageValues;
        TransferBase += (ulong)schedule.TransferValues;
    }

    /// <summary>Wakes everything that waits, with the cause.</summary>
    public void Fail(Exception cause)
    {
        Storage.Fail(cause);
        Transfer.Fail(cause);
        Compute.Fail(cause);
    }
}
