using FlashMem.Abstractions.Errors;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Native;

/// <summary>Turns status codes into errors at the call that returned them.</summary>
internal static class ClStatus
{
    /// <param name="status">What the call returned.</param>
    /// <param name="call">Name of the OpenCL function.</param>
    /// <param name="what">What it was for: a kernel's name, bytes; null when the call says it all.</param>
    public static void Check(int status, string call, string? what = null)
    {
        if (status != 0)
        {
            throw Error(status, call, what);
        }
    }

    public static DeviceException Error(int status, string call, string? what = null) =>
        new($"opencl: {call} failed with {Name(status)} ({status}){(what is null ? "" : $": {what}")}");

    /// <summary>The standard's word for a status.</summary>
    public static string Name(int status) => Enum.IsDefined((ErrorCodes)status) ? $"{(ErrorCodes)status}" : "an unknown status";
}
