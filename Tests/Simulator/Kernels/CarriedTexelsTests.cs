using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Compute;
using FlashMem.Simulator.Kernels;
using FlashMem.Simulator.Kernels.Patterns;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Kernels;

/// <summary>Carried moves: every texel is read and written, the kernel's own work stays as it was.</summary>
public sealed class CarriedTexelsTests
{
    [Property(MaxTest = 60)]
    public void Every_staged_line_is_read_and_pairs_of_read_and_write_match(ushort kilobytes, bool product)
    {
        long bytes = ((kilobytes % 600) + 1) * 1000L;
        KernelDesc kernel = product ? SimulatorKernels.Product(64, 128, 128) : SimulatorKernels.Add(4096);
        PatternCounts plain = Count(kernel, 0);
        PatternCounts carrying = Count(kernel, bytes);

        long read = carrying[WaveOp.BufferRead] - plain[WaveOp.BufferRead];
        long written = carrying[WaveOp.TextureWrite] - plain[WaveOp.TextureWrite];
        Assert.Equal(read, written);

        // Work-items behind the last texel repeat it: less than a round of one workgroup more than there is, per round.
        Assert.True(read >= bytes, $"{read} bytes read for {bytes}");
        int newLines = carrying.BufferReads.Count(line => !plain.BufferReads.Contains(line));
        Assert.InRange(newLines, bytes / 64, (bytes / 64) + 2);
        Assert.Equal(plain[WaveOp.Fp16], carrying[WaveOp.Fp16]);
        Assert.Equal(plain[WaveOp.TextureRead], carrying[WaveOp.TextureRead]);
    }

    [Property]
    public bool Movers_are_as_many_as_promised_and_numbered_through(uint bytes, byte workgroups)
    {
        long groups = workgroups + 1L;
        CarriedTexels carried = CarriedTexels.Share(bytes % 10_000_000, groups, 64);
        long next = 0;
        for (long group = 0; group < groups; group++)
        {
            long mover = carried.Mover(group, groups);
            if (mover >= 0 && mover != next++)
            {
                return false;
            }
        }

        return next == carried.Movers && carried.Movers * carried.Rounds * 64 >= carried.Texels;
    }

    [Fact]
    public void The_main_loop_carries_first_and_the_rest_follows()
    {
        KernelDesc kernel = SimulatorKernels.Product(64, 64, 64);
        KernelPattern pattern = KernelPatterns.Create(SimulatorKernels.Target, kernel, SimulatorKernels.All(kernel), 1 << 20);
        StageKind[] kinds = [.. pattern.Stages.ToArray().Select(stage => stage.Kind)];

        Assert.Equal([StageKind.Carrying, StageKind.LastWrite, StageKind.Rest, StageKind.Plain], kinds);
        Assert.True(pattern.Carried.Rounds > pattern.Stages[0].Iterations);
    }

    private static PatternCounts Count(KernelDesc kernel, long bytes) =>
        PatternCounts.Of(KernelPatterns.Create(SimulatorKernels.Target, kernel, SimulatorKernels.All(kernel), bytes));
}
