using System.Collections.Concurrent;
using FlashMem.Simulator.Kernels;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Device;

/// <summary>
/// Kernel times of many simulated devices, remembered in memory from one to the next: devices that are opened with the same library and
/// have equal figures time a kernel once. Thread-safe. Sharing changes no result.
/// </summary>
/// <param name="directory">Where times are kept from one process to the next; null for nowhere.</param>
public sealed class KernelTimesLibrary(string? directory)
{
    private readonly ConcurrentDictionary<string, Lazy<KernelTimes>> times = new(StringComparer.Ordinal);

    /// <summary>Identity of the figures that kernel times depend on: devices with the same one share their times.</summary>
    public static string Identity(SimulatorSpec spec) => KernelTimerCache.For(spec).Device;

    /// <summary>Writes what is new to the directory. Devices may be open, but none of them may be timing a kernel.</summary>
    public void Save()
    {
        foreach (Lazy<KernelTimes> known in times.Values)
        {
            known.Value.Save();
        }
    }

    /// <summary>A timer of its own for a device.</summary>
    internal KernelTimer Timer(SimulatorSpec spec) =>
        times.GetOrAdd(Identity(spec), _ => new Lazy<KernelTimes>(() => new KernelTimes(spec, directory))).Value.NewTimer(spec);
}
