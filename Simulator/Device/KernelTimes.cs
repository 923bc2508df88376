using FlashMem.Simulator.Kernels;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Device;

/// <summary>Kernel times remembered in a directory, one file per set of figures that they depend on.</summary>
internal sealed class KernelTimes
{
    private readonly KernelTimerCache cache;
    private readonly string? path;

    /// <param name="spec">The device.</param>
    /// <param name="directory">Made when there is something to keep; null remembers nothing.</param>
    public KernelTimes(SimulatorSpec spec, string? directory)
    {
        cache = KernelTimerCache.For(spec);
        if (directory is not null)
        {
            path = Path.Combine(directory, $"{cache.Device}.json");
            cache = KernelTimerCache.Load(path, spec);
        }

        Timer = new KernelTimer(spec, cache);
    }

    public KernelTimer Timer { get; }

    /// <summary>Another timer that shares what is remembered, for a device of equal figures on another thread.</summary>
    public KernelTimer NewTimer(SimulatorSpec spec) => new(spec, cache);

    /// <summary>Keeps what is new. A directory that cannot be written costs time in the next process and nothing else.</summary>
    public void Save()
    {
        if (path is null || !cache.Changed)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            cache.Save(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Remembering is a convenience: the run is complete and its result the same.
        }
    }
}
