using System.Runtime.InteropServices;

namespace FlashMem.Backends.Host;

/// <summary>
/// Asks Linux for 2 MiB pages behind large allocations: arenas are walked end to end in every run, and small pages cost a fault each at
/// the first touch and address-translation misses ever after. Elsewhere, and where the kernel declines, nothing changes but speed.
/// </summary>
internal static unsafe partial class HugePages
{
    public const long Bytes = 2L << 20;

    private const int AdviseHugePage = 14;

    /// <summary>Marks the huge pages that lie wholly inside the range; a partly used one would take memory that nobody counted.</summary>
    public static void Advise(void* address, long bytes)
    {
        long start = ((long)address + Bytes - 1) & -Bytes;
        long length = (((long)address + bytes) & -Bytes) - start;
        if (OperatingSystem.IsLinux() && length > 0)
        {
            _ = AdviseMemory((void*)start, (nuint)length, AdviseHugePage);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AdviseMemory(void* address, nuint length, int advice);
}
