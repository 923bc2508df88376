using FlashMem.Abstractions.Devices;

namespace FlashMem.Runtime.Memory;

/// <summary>
/// Bytes taken from a <see cref="MemoryBudget"/>. Owned by whoever asked for them; disposing frees the device's memory and gives the
/// bytes back to the budget, after the queues that use it are idle.
/// </summary>
public sealed class MemoryLease : IDisposable
{
    private readonly MemoryBudget budget;
    private IDeviceMemory? memory;

    internal MemoryLease(MemoryBudget budget, MemoryTier tier, long bytes, string purpose)
    {
        this.budget = budget;
        Tier = tier;
        Bytes = bytes;
        Purpose = purpose;
    }

    public MemoryTier Tier { get; }

    public long Bytes { get; }

    /// <summary>What it is for.</summary>
    public string Purpose { get; }

    /// <summary>The device's allocation; throws when the lease only counts bytes that the device holds by itself.</summary>
    public IDeviceMemory Memory => memory ?? throw new InvalidOperationException($"{Purpose} has no memory of its own");

    public void Dispose()
    {
        memory?.Dispose();
        memory = null;
        budget.Return(this);
    }

    internal void Attach(IDeviceMemory allocated) => memory = allocated;
}
