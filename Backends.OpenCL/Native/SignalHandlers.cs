using System.Runtime.InteropServices;

namespace FlashMem.Backends.OpenCL.Native;

/// <summary>
/// The process' signal handlers, put back when disposed. A driver that compiles with LLVM (PoCL) lets LLVM take over SIGSEGV, SIGINT and
/// others with its first program: then a null reference anywhere in the process, which .NET notices by SIGSEGV, removes the temporary files
/// of a compilation in progress, and the build fails. LLVM installs its handlers once, so putting .NET's back lasts.
/// </summary>
/// <remarks>
/// One at a time in a process until LLVM has installed its handlers, so that none saves what another's compilation has put there; dispose it
/// on the thread that saved. Does nothing but on Linux. While the first program is compiled LLVM's handlers are in place.
/// </remarks>
internal sealed unsafe partial class SignalHandlers : IDisposable
{
    /// <summary>Signals that LLVM takes over, by their Linux numbers: HUP INT QUIT ILL TRAP ABRT BUS FPE USR1 SEGV USR2 TERM XCPU XFSZ SYS.</summary>
    private static readonly int[] Signals = [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 15, 24, 25, 31];

    private const int SegmentationFault = 11;

    /// <summary>At least the size of <c>struct sigaction</c> in any libc; its contents are not looked at.</summary>
    private const int ActionBytes = 512;

    private static readonly Lock Turn = new();

    private static volatile bool installed;

    private readonly byte[] actions = Current();

    private SignalHandlers()
    {
    }

    /// <summary>The handlers as they are; null when nothing will change them any more.</summary>
    public static SignalHandlers? Save()
    {
        if (installed || !OperatingSystem.IsLinux())
        {
            return null;
        }

        Turn.Enter();
        return new SignalHandlers();
    }

    public void Dispose()
    {
        int fault = Array.IndexOf(Signals, SegmentationFault) * ActionBytes;
        if (!Current().AsSpan(fault, ActionBytes).SequenceEqual(actions.AsSpan(fault, ActionBytes)))
        {
            installed = true;
            Restore();
        }

        Turn.Exit();
    }

    private void Restore()
    {
        fixed (byte* start = actions)
        {
            for (int i = 0; i < Signals.Length; i++)
            {
                _ = Action(Signals[i], start + (i * ActionBytes), null);
            }
        }
    }

    private static byte[] Current()
    {
        var current = new byte[Signals.Length * ActionBytes];
        fixed (byte* start = current)
        {
            for (int i = 0; i < Signals.Length; i++)
            {
                _ = Action(Signals[i], null, start + (i * ActionBytes));
            }
        }

        return current;
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Action(int signal, void* action, void* old);
}
