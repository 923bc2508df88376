using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Native;

/// <summary>The OpenCL loader library of this machine (libOpenCL.so.1, OpenCL.dll), opened once per process.</summary>
internal static class ClLibrary
{
    private static readonly Lazy<(CL? Api, string? Absence)> Loaded = new(() =>
    {
        PoclSettings.Apply();
        return Load(CL.GetApi);
    });

    /// <summary>The library, or null with the reason why it could not be opened.</summary>
    public static CL? Get(out string? absence)
    {
        (CL? api, absence) = Loaded.Value;
        return api;
    }

    /// <summary>Opens the library by a loader; for tests of its absence.</summary>
    internal static (CL? Api, string? Absence) Load(Func<CL> loader)
    {
        try
        {
            return (loader(), null);
        }
        catch (Exception cause) when (cause is FileNotFoundException or DllNotFoundException or BadImageFormatException)
        {
            string library = OperatingSystem.IsWindows() ? "OpenCL.dll" : "libOpenCL.so.1";
            return (null, $"the OpenCL loader library {library} is not installed (Debian, Ubuntu: ocl-icd-libopencl1)");
        }
    }
}
