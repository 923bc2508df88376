using FlashMem.Abstractions.Devices;
using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host;

/// <summary>
/// Planning figures of the host. They are estimates from what the runtime can see; `flashmem profile` will measure them.
/// </summary>
internal static class HostSpec
{
    private const double AssumedClockHertz = 3e9;
    private const double AssumedEfficiency = 0.8;

    public static DeviceSpec Create(int threads)
    {
        int floats = LaneWidth.Bits / 32;
        return new DeviceSpec
        {
            Name = "host",
            StorageBandwidth = Estimate(1e9, "B/s", "a solid-state disk or virtual disk by direct reads of 1 MiB"),
            StorageLatency = Estimate(1e-4, "s", "one 4 KiB read of a solid-state disk"),
            TransferBandwidth = Estimate(1e10, "B/s", "memory bandwidth; a zero-copy device moves nothing"),
            MemoryBandwidth = Estimate(1e10, "B/s", "two DDR4 or DDR5 channels under load"),
            ComputeRate = Estimate(
                threads * floats * 2 * AssumedClockHertz * AssumedEfficiency,
                "FLOP/s",
                $"{threads} threads x {floats} floats x 2 operations x 3 GHz x {AssumedEfficiency} of peak"),
            LaunchLatency = Estimate(5e-6, "s", "hand-over between queue and worker threads"),
            ZeroCopy = true,
        };
    }

    private static Figure Estimate(double value, string unit, string source) => new(value, unit, FigureKind.Estimate, source);
}
