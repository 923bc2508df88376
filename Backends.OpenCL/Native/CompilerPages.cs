using System.Globalization;
using System.Runtime.InteropServices;

namespace FlashMem.Backends.OpenCL.Native;

/// <summary>
/// CPU drivers carry a whole compiler (LLVM and Clang, 60 MB and more) in this process, whose code stays resident after the last program
/// was made ready. This gives those pages back: they are clean copies of files, so the system reads them again should the compiler run
/// once more. On Linux only; elsewhere nothing happens.
/// </summary>
internal static partial class CompilerPages
{
    private const int AdviseDontNeed = 4;
    private static readonly string[] Compilers = ["libLLVM", "libclang"];

    /// <summary>Drops the compilers' resident pages that this process has not changed.</summary>
    public static void Release()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        (long Start, long Length)? candidate = null;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (Header(line) is { } range)
            {
                candidate = Array.Exists(Compilers, name => line.Contains(name, StringComparison.Ordinal)) ? range : null;
            }
            else if (candidate is { } clean && line.StartsWith("Private_Dirty:", StringComparison.Ordinal))
            {
                // Pages with relocations are this process' own; dropping them would undo the relocation.
                if (line.EndsWith(" 0 kB", StringComparison.Ordinal))
                {
                    _ = AdviseMemory((nint)clean.Start, (nuint)clean.Length, AdviseDontNeed);
                }

                candidate = null;
            }
        }
    }

    /// <summary>The range of a line such as <c>7f0c1a000000-7f0c1a021000 r-xp 00000000 fe:00 1234 /usr/lib/libLLVM.so</c>; else null.</summary>
    private static (long Start, long Length)? Header(string line)
    {
        int dash = line.IndexOf('-', StringComparison.Ordinal);
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return dash > 0 && space > dash
            && long.TryParse(line.AsSpan(0, dash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long start)
            && long.TryParse(
                line.AsSpan(dash + 1, space - dash - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long end)
            ? (start, end - start)
            : null;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AdviseMemory(nint address, nuint length, int advice);
}
