using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Runtime.Memory;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Runtime.Memory;

public sealed class MemoryBudgetTests
{
    private static CheckingDevice NewDevice() => new(1, new SyntheticModel(1, 1));

    [Fact]
    public void The_limit_holds_over_all_tiers_together_and_names_the_tier_that_ran_out()
    {
        CheckingDevice device = NewDevice();
        using var budget = new MemoryBudget(device, 1000);
        using MemoryLease workspace = budget.Reserve(MemoryTier.Activation, 300, "workspace");
        using MemoryLease chunks = budget.Allocate(MemoryTier.Unified, 600, "chunks");
        var error = Assert.Throws<BudgetException>(() => budget.Allocate(MemoryTier.Texture, 101, "a texture"));
        Assert.Equal(
            "Texture memory ran out: a texture needs 101 bytes, the budget of 1000 has 100 left "
            + "(held: Unified 600, Texture 0, Activation 300)",
            error.Message);
        Assert.Equal(1000, error.BudgetBytes);
        Assert.Equal(1001, error.SmallestBytes);
        Assert.Equal(600, device.AllocatedBytes);
        using MemoryLease fits = budget.Allocate(MemoryTier.Texture, 100, "a smaller texture");
        Assert.Equal(1000, budget.CurrentBytes);
    }

    [Property]
    public void Peaks_and_current_bytes_follow_every_allocation(byte[] sizes, int seed)
    {
        CheckingDevice device = NewDevice();
        using var budget = new MemoryBudget(device, null);
        var random = new Random(seed);
        var held = new List<MemoryLease>();
        long peak = 0;
        foreach (byte size in sizes)
        {
            if (held.Count > 0 && random.Next(3) == 0)
            {
                int victim = random.Next(held.Count);
                held[victim].Dispose();
                held[victim].Dispose();
                held.RemoveAt(victim);
            }

            held.Add(budget.Allocate((MemoryTier)random.Next(1, 4), size, "test"));
            peak = Math.Max(peak, held.Sum(lease => lease.Bytes));
            Assert.Equal(held.Sum(lease => lease.Bytes), budget.CurrentBytes);
            Assert.Equal(held.Sum(lease => lease.Bytes), device.AllocatedBytes);
            foreach (MemoryTier tier in new[] { MemoryTier.Unified, MemoryTier.Texture, MemoryTier.Activation })
            {
                Assert.Equal(held.Where(lease => lease.Tier == tier).Sum(lease => lease.Bytes), budget.CurrentOf(tier));
                Assert.True(budget.PeakOf(tier) >= budget.CurrentOf(tier));
            }
        }

        Assert.Equal(peak, budget.PeakBytes);
        held.ForEach(lease => lease.Dispose());
    }

    [Fact]
    public void Disposing_with_memory_still_held_is_a_leak()
    {
        var budget = new MemoryBudget(NewDevice(), null);
        MemoryLease lease = budget.Allocate(MemoryTier.Unified, 64, "forgotten");
        string message = Assert.Throws<InvalidOperationException>(budget.Dispose).Message;
        Assert.Equal("memory leaked: forgotten (64 bytes of Unified)", message);
        lease.Dispose();
        budget.Dispose();
    }
}
