using System.Globalization;
using System.Runtime.InteropServices;
using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host;

/// <summary>What the host is, for listings.</summary>
public static class HostDeviceInfo
{
    /// <summary>One line: architecture, processors, SIMD width and memory.</summary>
    public static string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{RuntimeInformation.ProcessArchitecture} CPU, {Environment.ProcessorCount} processors, {LaneWidth.Bits}-bit SIMD, "
        + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30):0.#} GiB memory; zero copy");
}
