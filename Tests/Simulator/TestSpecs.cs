using FlashMem.Abstractions.Devices;
using FlashMem.Simulator.Specs;

namespace FlashMem.Tests.Simulator;

/// <summary>Specs whose numbers are easy to reckon with: one clock is a nanosecond, latencies are all different.</summary>
internal static class TestSpecs
{
    public static SimulatorSpec Simple { get; } = Create();

    public static Figure Figure(double value, string unit) => new(value, unit, FigureKind.Estimate, "test");

    private static SimulatorSpec Create()
    {
        SimulatorSpec pixel = SimulatorPresets.Load("pixel-4");
        return pixel with
        {
            Storage = new StorageSpec
            {
                Latency = Figure(1e-4, "s"), Bandwidth = Figure(1e9, "B/s"), QueueDepth = Figure(4, "1"),
            },
            Memory = pixel.Memory with
            {
                Dram = new DramSpec
                {
                    Channels = Figure(4, "1"),
                    BanksPerChannel = Figure(8, "1"),
                    RowBytes = Figure(2048, "B"),
                    BurstBytes = Figure(32, "B"),
                    PeakBandwidth = Figure(32e9, "B/s"),
                    GpuBandwidth = Figure(32e9, "B/s"),
                    RowHitLatency = Figure(50e-9, "s"),
                    RowMissPenalty = Figure(20e-9, "s"),
                },
                SystemCache = new CacheSpec
                {
                    Size = Figure(65536, "B"), LineBytes = Figure(64, "B"), Ways = Figure(8, "1"),
                    BytesPerClock = Figure(40, "B/clk"), Latency = Figure(70e-9, "s"),
                },
                L2 = new CacheSpec
                {
                    Size = Figure(16384, "B"), LineBytes = Figure(64, "B"), Ways = Figure(8, "1"),
                    BytesPerClock = Figure(64, "B/clk"), Latency = Figure(30e-9, "s"),
                },
                TextureL1 = pixel.Memory.TextureL1 with { BytesPerClock = Figure(32, "B/clk"), Latency = Figure(100e-9, "s") },
                BufferLatency = Figure(40e-9, "s"),
                TextureWrite = Figure(16, "B/clk"),
                Tlb = new TlbSpec { Reach = Figure(1 << 20, "B"), PageBytes = Figure(4096, "B"), MissPenalty = Figure(500e-9, "s") },
            },
            Compute = pixel.Compute with
            {
                Cores = Figure(2, "1"), Clock = Figure(1e9, "Hz"), WaveWidth = Figure(64, "1"), WavesPerCore = Figure(8, "1"),
                Fp32PerClock = Figure(64, "1/clk"), Fp16PerClock = Figure(128, "1/clk"), SpecialPerClock = Figure(16, "1/clk"),
                IssuePerClock = Figure(1, "1/clk"),
            },
        };
    }
}
