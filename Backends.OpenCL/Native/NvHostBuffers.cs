using FlashMem.Backends.OpenCL.Device;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Native;

/// <summary>
/// NVIDIA's extension cl_nv_create_buffer: buffers that lie in the host's memory for good. There a CL_MEM_ALLOC_HOST_PTR buffer is a
/// pinned copy beside the device's own, and kernels read the device's; of this one they read, over the link, what the host wrote last.
/// </summary>
internal static unsafe class NvHostBuffers
{
    private const string Extension = "cl_nv_create_buffer";
    private const ulong LocationHost = 1 << 0;

    /// <summary>The driver has the extension.</summary>
    public static bool AreSupported(CL api, OpenClDeviceInfo device) =>
        device.Extensions.Contains(Extension) && Function(api, device) is not null;

    /// <summary>Like clCreateBuffer; the caller checks the status.</summary>
    public static nint Create(CL api, OpenClDeviceInfo device, nint context, MemFlags flags, long bytes, int* status) =>
        Function(api, device)(context, (ulong)flags, LocationHost, (nuint)bytes, null, status);

    private static delegate* unmanaged<nint, ulong, ulong, nuint, void*, int*, nint> Function(CL api, OpenClDeviceInfo device) =>
        (delegate* unmanaged<nint, ulong, ulong, nuint, void*, int*, nint>)
            api.GetExtensionFunctionAddressForPlatform(device.PlatformHandle, "clCreateBufferNV");
}
