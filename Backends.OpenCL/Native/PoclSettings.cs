using System.Runtime.InteropServices;

namespace FlashMem.Backends.OpenCL.Native;

/// <summary>
/// PoCL takes over SIGFPE for the whole process and skips the faulting instruction, so that from then on an integer division by zero in
/// .NET code goes unnoticed instead of throwing. Our kernels guard their divisions; this tells PoCL to leave the signal alone. Must run
/// before the driver is loaded. A value that the user has set stays.
/// </summary>
internal static partial class PoclSettings
{
    public static void Apply()
    {
        if (OperatingSystem.IsLinux())
        {
            // Environment.SetEnvironmentVariable does not reach native code on Unix.
            _ = SetVariable("POCL_SIGFPE_HANDLER", "0", overwrite: 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
