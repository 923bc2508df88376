using System.Diagnostics;
using System.Globalization;

namespace FlashMem.Runtime.Memory;

/// <summary>Physical memory of this process as the operating system counts it, in bytes.</summary>
/// <param name="PeakResidentBytes">Most that was resident at one time (VmHWM; the peak working set elsewhere).</param>
/// <param name="ResidentBytes">Resident now.</param>
/// <param name="AnonymousBytes">Of those, heap, stacks and device memory; null where the system does not say.</param>
/// <param name="FileBackedBytes">Of those, mapped files and shared memory; null where the system does not say.</param>
public sealed record ProcessMemory(long PeakResidentBytes, long ResidentBytes, long? AnonymousBytes, long? FileBackedBytes)
{
    private const string StatusPath = "/proc/self/status";
    private const string ClearRefsPath = "/proc/self/clear_refs";

    /// <summary>Reads the counters now.</summary>
    public static ProcessMemory Read()
    {
        if (OperatingSystem.IsLinux() && File.Exists(StatusPath))
        {
            return Parse(File.ReadLines(StatusPath));
        }

        using var process = Process.GetCurrentProcess();
        return new ProcessMemory(process.PeakWorkingSet64, process.WorkingSet64, null, null);
    }

    /// <summary>Starts a new peak from what is resident now. False where the system does not allow it.</summary>
    public static bool TryResetPeak()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            File.WriteAllText(ClearRefsPath, "5");
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Parses the lines of a Linux process status file.</summary>
    internal static ProcessMemory Parse(IEnumerable<string> status)
    {
        var kibibytes = new Dictionary<string, long>();
        foreach (string line in status)
        {
            string[] parts = line.Split([':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (parts is [string name, string value, "kB"])
            {
                kibibytes[name] = long.Parse(value, CultureInfo.InvariantCulture);
            }
        }

        long? Bytes(string name) => kibibytes.TryGetValue(name, out long value) ? value * 1024 : null;
        return new ProcessMemory(
            Bytes("VmHWM") ?? 0, Bytes("VmRSS") ?? 0, Bytes("RssAnon"), Bytes("RssFile") + (Bytes("RssShmem") ?? 0));
    }
}
