using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Memory;

/// <summary>
/// The only way the runtime gets device memory: asks the device for it and holds all tiers together under one limit (invariant 4). Bytes
/// count as asked for, from allocation until the <see cref="MemoryLease"/> is disposed. The budget does not own the device and must be
/// disposed before it; disposing with a lease still out is a leak and throws. Thread-safe.
/// </summary>
public sealed class MemoryBudget : IDisposable
{
    private static readonly MemoryTier[] AllTiers = [MemoryTier.Unified, MemoryTier.Texture, MemoryTier.Activation];

    private readonly IDevice device;
    private readonly object gate = new();
    private readonly List<MemoryLease> leases = [];
    private readonly long[] current = new long[(int)MemoryTier.Activation + 1];
    private readonly long[] peak = new long[(int)MemoryTier.Activation + 1];
    private long totalCurrent;
    private long totalPeak;

    /// <param name="device">Where the memory comes from.</param>
    /// <param name="limitBytes">Most bytes that may be held at once over all tiers; null for no limit.</param>
    public MemoryBudget(IDevice device, long? limitBytes)
    {
        this.device = device;
        LimitBytes = limitBytes;
    }

    public long? LimitBytes { get; }

    /// <summary>Bytes held now over all tiers.</summary>
    public long CurrentBytes
    {
        get
        {
            lock (gate)
            {
                return totalCurrent;
            }
        }
    }

    /// <summary>Most bytes held at one time over all tiers.</summary>
    public long PeakBytes
    {
        get
        {
            lock (gate)
            {
                return totalPeak;
            }
        }
    }

    /// <summary>Bytes of one tier held now.</summary>
    public long CurrentOf(MemoryTier tier)
    {
        lock (gate)
        {
            return current[(int)tier];
        }
    }

    /// <summary>Most bytes of one tier held at one time.</summary>
    public long PeakOf(MemoryTier tier)
    {
        lock (gate)
        {
            return peak[(int)tier];
        }
    }

    /// <summary>
    /// Allocates from the device. Throws <see cref="BudgetException"/> naming the tier when the limit would be passed, before the device
    /// is asked, and what the device throws when it has no such memory.
    /// </summary>
    /// <param name="tier">Which memory.</param>
    /// <param name="bytes">How much; counted exactly.</param>
    /// <param name="purpose">What it is for, for errors.</param>
    public MemoryLease Allocate(MemoryTier tier, long bytes, string purpose) =>
        Allocate(tier, bytes, purpose, () => device.Allocate(tier, bytes));

    /// <summary>Allocates texture memory for weights of a type, as <see cref="Allocate(MemoryTier, long, string)"/> does.</summary>
    public MemoryLease AllocateTexture(long bytes, ElementType element, string purpose) =>
        Allocate(MemoryTier.Texture, bytes, purpose, () => device.AllocateTexture(bytes, element));

    /// <summary>
    /// Counts bytes that the device holds by itself, such as its workspace, without allocating. The lease has no memory.
    /// </summary>
    public MemoryLease Reserve(MemoryTier tier, long bytes, string purpose)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (tier == MemoryTier.Storage)
        {
            throw new ArgumentException("storage is not memory", nameof(tier));
        }

        lock (gate)
        {
            if (LimitBytes is { } limit && bytes > limit - totalCurrent)
            {
                string held = string.Join(", ", AllTiers.Select(t => $"{t} {current[(int)t]}"));
                throw new BudgetException(
                    $"{tier} memory ran out: {purpose} needs {bytes} bytes, the budget of {limit} has {limit - totalCurrent} left "
                    + $"(held: {held})",
                    limit,
                    checked(totalCurrent + bytes));
            }

            totalCurrent += bytes;
            totalPeak = Math.Max(totalPeak, totalCurrent);
            current[(int)tier] += bytes;
            peak[(int)tier] = Math.Max(peak[(int)tier], current[(int)tier]);
            var lease = new MemoryLease(this, tier, bytes, purpose);
            leases.Add(lease);
            return lease;
        }
    }

    /// <summary>Checks that every lease came back; throws <see cref="InvalidOperationException"/> naming those that did not.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (leases.Count > 0)
            {
                IEnumerable<string> left = leases.Select(lease => $"{lease.Purpose} ({lease.Bytes} bytes of {lease.Tier})");
                throw new InvalidOperationException($"memory leaked: {string.Join(", ", left)}");
            }
        }
    }

    internal void Return(MemoryLease lease)
    {
        lock (gate)
        {
            if (leases.Remove(lease))
            {
                totalCurrent -= lease.Bytes;
                current[(int)lease.Tier] -= lease.Bytes;
            }
        }
    }

    private MemoryLease Allocate(MemoryTier tier, long bytes, string purpose, Func<IDeviceMemory> allocate)
    {
        MemoryLease lease = Reserve(tier, bytes, purpose);
        try
        {
            lease.Attach(allocate());
            return lease;
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }
}
