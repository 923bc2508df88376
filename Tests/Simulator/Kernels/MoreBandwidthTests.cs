using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Kernels;
using FlashMem.Simulator.Specs;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Kernels;

/// <summary>What a device can move or compute per second never makes a kernel slower when there is more of it.</summary>
public sealed class MoreBandwidthTests
{
    /// <summary>Figures that are bandwidths or rates of kernels.</summary>
    private static readonly string[] Keys =
    [
        "memory.l2.bytesPerClock", "memory.systemCache.bytesPerClock", "memory.textureL1.bytesPerClock", "memory.textureWrite",
        "memory.dram.peakBandwidth", "memory.dram.gpuBandwidth", "compute.fp16PerClock", "compute.fp32PerClock",
        "compute.specialPerClock", "compute.issuePerClock",
    ];

    [Property(MaxTest = 60)]
    public void No_kernel_is_slower_with_more(int kernel, byte figure, byte more)
    {
        KernelDesc desc = Kernel(kernel);
        string key = Keys[figure % Keys.Length];
        double value = SpecFigures.Of(SimulatorKernels.Phone).Single(entry => entry.Key == key).Figure!.Value;
        double factor = 1 + (more / 64.0);
        SimulatorSpec better = SpecOverrides.Apply(
            SimulatorKernels.Phone, [FormattableString.Invariant($"{key}={value * factor:R}")]);

        long before = Time(SimulatorKernels.Phone, desc);
        long after = Time(better, desc);

        Console.Error.WriteLine(FormattableString.Invariant($"MB {(double)after / before:0.0000} {key} x {factor:0.00} {desc.Name}"));
        Assert.True(after <= before, $"{desc.Name}: {key} x {factor} changes {before} to {after} ps");
    }

    private static KernelDesc Kernel(int number)
    {
        int size = (int)((uint)number / 8 % 7);
        int rows = (int)((uint)number / 64 % 5) switch { 0 => 1, 1 => 16, 2 => 77, 3 => 197, _ => 512 };
        return ((uint)number % 8) switch
        {
            0 or 1 or 2 => SimulatorKernels.Product(rows, 64 << (size % 5), 96 << (size % 4), $"product {rows} {64 << (size % 5)} {96 << (size % 4)}"),
            3 => SimulatorKernels.Conv(32 << (size % 3), 7 << (size % 3), 64 << (size % 2), 1 + (2 * (size % 2)), 1 + (size % 2)),
            4 => SimulatorKernels.Add(1000 << size),
            5 => SimulatorKernels.Softmax(rows, 100 << (size % 4)),
            6 => SimulatorKernels.Normalize(rows, 320 << (size % 3)),
            _ => SimulatorKernels.Attention(1 + size, rows, rows, 64),
        };
    }

    private static long Time(SimulatorSpec spec, KernelDesc kernel) =>
        new KernelTimer(spec).Time(kernel, SimulatorKernels.All(kernel), 0).Alone.Picoseconds;
}
