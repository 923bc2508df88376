using System.Runtime.InteropServices;
using FlashMem.Abstractions.Errors;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Native;

/// <summary>
/// The part of NVIDIA's driver that ILGPU does not offer: events that order streams on the device, copies that do not wait, page-locked memory
/// on page boundaries. Names are those of the driver API's reference; every call is checked where it is made. Functions need a current context,
/// which ILGPU's accelerator binds to a thread.
/// </summary>
internal sealed unsafe class CudaDriver
{
    private static readonly string[] Libraries = OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1", "libcuda.so"];

    private static readonly Lazy<(CudaDriver? Driver, string? Absence)> Loaded = new(Load);

    private readonly delegate* unmanaged<uint, int> init;
    private readonly delegate* unmanaged<int, byte**, int> errorName;
    private readonly delegate* unmanaged<int, byte**, int> errorText;
    private readonly delegate* unmanaged<nint*, uint, int> eventCreate;
    private readonly delegate* unmanaged<nint, int> eventDestroy;
    private readonly delegate* unmanaged<nint, nint, int> eventRecord;
    private readonly delegate* unmanaged<nint, int> eventSynchronize;
    private readonly delegate* unmanaged<float*, nint, nint, int> eventElapsedTime;
    private readonly delegate* unmanaged<nint, nint, uint, int> streamWaitEvent;
    private readonly delegate* unmanaged<nint, int> streamSynchronize;
    private readonly delegate* unmanaged<nint, nint, nuint, nint, int> copyToDevice;
    private readonly delegate* unmanaged<nint, nint, nuint, nint, int> copyToHost;
    private readonly delegate* unmanaged<nint, nint, nuint, nint, int> copyOnDevice;
    private readonly delegate* unmanaged<nint, nint, nint, nint, nuint, nint, int> copyBetweenContexts;
    private readonly delegate* unmanaged<nint*, nuint, uint, int> hostAllocate;
    private readonly delegate* unmanaged<nint, int> hostFree;
    private readonly delegate* unmanaged<nint, nuint, uint, int> hostRegister;
    private readonly delegate* unmanaged<nint, int> hostUnregister;

    private CudaDriver(nint library)
    {
        nint Export(string name) => NativeLibrary.GetExport(library, name);
        init = (delegate* unmanaged<uint, int>)Export("cuInit");
        errorName = (delegate* unmanaged<int, byte**, int>)Export("cuGetErrorName");
        errorText = (delegate* unmanaged<int, byte**, int>)Export("cuGetErrorString");
        eventCreate = (delegate* unmanaged<nint*, uint, int>)Export("cuEventCreate");
        eventDestroy = (delegate* unmanaged<nint, int>)Export("cuEventDestroy_v2");
        eventRecord = (delegate* unmanaged<nint, nint, int>)Export("cuEventRecord");
        eventSynchronize = (delegate* unmanaged<nint, int>)Export("cuEventSynchronize");
        eventElapsedTime = (delegate* unmanaged<float*, nint, nint, int>)Export("cuEventElapsedTime");
        streamWaitEvent = (delegate* unmanaged<nint, nint, uint, int>)Export("cuStreamWaitEvent");
        streamSynchronize = (delegate* unmanaged<nint, int>)Export("cuStreamSynchronize");
        copyToDevice = (delegate* unmanaged<nint, nint, nuint, nint, int>)Export("cuMemcpyHtoDAsync_v2");
        copyToHost = (delegate* unmanaged<nint, nint, nuint, nint, int>)Export("cuMemcpyDtoHAsync_v2");
        copyOnDevice = (delegate* unmanaged<nint, nint, nuint, nint, int>)Export("cuMemcpyDtoDAsync_v2");

        // Younger than the change to 64-bit addresses, so it has no second version.
        copyBetweenContexts = (delegate* unmanaged<nint, nint, nint, nint, nuint, nint, int>)Export("cuMemcpyPeerAsync");
        hostAllocate = (delegate* unmanaged<nint*, nuint, uint, int>)Export("cuMemHostAlloc");
        hostFree = (delegate* unmanaged<nint, int>)Export("cuMemFreeHost");
        hostRegister = (delegate* unmanaged<nint, nuint, uint, int>)Export("cuMemHostRegister_v2");
        hostUnregister = (delegate* unmanaged<nint, int>)Export("cuMemHostUnregister");
    }

    /// <summary>Why there is no driver or none that starts, in the driver's words; null when there is one.</summary>
    public static string? Absence => Loaded.Value.Absence;

    /// <summary>The driver of this machine, or <see cref="DeviceException"/> with the reason.</summary>
    public static CudaDriver Get() => Loaded.Value.Driver ?? throw new DeviceException($"ilgpu:cuda: {Absence}");

    /// <summary>An event without an owner yet; it keeps the time at which it was reached.</summary>
    public nint CreateEvent()
    {
        nint result;
        Check(eventCreate(&result, 0), "cuEventCreate");
        return result;
    }

    public void DestroyEvent(nint handle) => _ = eventDestroy(handle);

    /// <summary>The event is reached when all that a stream was given so far is complete.</summary>
    public void Record(nint handle, nint stream, string what) => Check(eventRecord(handle, stream), "cuEventRecord", what);

    /// <summary>What a stream is given from now on starts after the event; the host does not wait.</summary>
    public void Wait(nint stream, nint handle, string what) => Check(streamWaitEvent(stream, handle, 0), "cuStreamWaitEvent", what);

    /// <summary>
    /// Blocks until the event is reached; also tells of faults of kernels before it, so the command named is the first that is not known to be
    /// complete.
    /// </summary>
    public void Synchronize(nint handle, string what) => Check(eventSynchronize(handle), "cuEventSynchronize", what);

    /// <summary>Blocks until all that a stream was given is complete.</summary>
    public void SynchronizeStream(nint stream, string what) => Check(streamSynchronize(stream), "cuStreamSynchronize", what);

    /// <summary>Milliseconds between two reached events, to half a microsecond.</summary>
    public float Elapsed(nint from, nint to)
    {
        float milliseconds;
        Check(eventElapsedTime(&milliseconds, from, to), "cuEventElapsedTime");
        return milliseconds;
    }

    public void CopyToDevice(nint target, nint source, long bytes, nint stream, string what) =>
        Check(copyToDevice(target, source, (nuint)bytes, stream), "cuMemcpyHtoDAsync", what);

    public void CopyToHost(nint target, nint source, long bytes, nint stream, string what) =>
        Check(copyToHost(target, source, (nuint)bytes, stream), "cuMemcpyDtoHAsync", what);

    public void CopyOnDevice(nint target, nint source, long bytes, nint stream, string what) =>
        Check(copyOnDevice(target, source, (nuint)bytes, stream), "cuMemcpyDtoDAsync", what);

    /// <summary>
    /// Copies from memory of one context to memory of another, by the link between the GPUs where there is one, else through the host;
    /// needs no peer access. The stream is one of either context, current on the calling thread.
    /// </summary>
    public void CopyBetweenContexts(
        nint target, nint targetContext, nint source, nint sourceContext, long bytes, nint stream, string what) =>
        Check(copyBetweenContexts(target, targetContext, source, sourceContext, (nuint)bytes, stream), "cuMemcpyPeerAsync", what);

    /// <summary>Page-locked memory on a page boundary, which copies reach at the link's speed.</summary>
    public nint AllocateHost(long bytes)
    {
        nint result;
        int status = hostAllocate(&result, (nuint)bytes, 0);
        return status == 0
            ? result
            : throw new DeviceException($"ilgpu:cuda: cannot allocate {bytes} bytes of page-locked memory: {Describe(status)}");
    }

    public void FreeHost(nint address) => _ = hostFree(address);

    /// <summary>
    /// Page-locks memory that may only be read, such as a mapped file: without that flag (CU_MEMHOSTREGISTER_READ_ONLY, beside _PORTABLE for all
    /// contexts) the driver asks for pages to write to, which a file opened for reading does not give.
    /// </summary>
    public void LockHost(nint address, long bytes)
    {
        const uint portable = 1;
        const uint readOnly = 8;
        int status = hostRegister(address, (nuint)bytes, portable | readOnly);
        if (status != 0)
        {
            throw new DeviceException($"ilgpu:cuda: cannot page-lock {bytes} bytes of mapped weights: {Describe(status)} (cuMemHostRegister)");
        }
    }

    public void UnlockHost(nint address) => _ = hostUnregister(address);

    private static (CudaDriver? Driver, string? Absence) Load()
    {
        foreach (string name in Libraries)
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
            {
                continue;
            }

            try
            {
                var driver = new CudaDriver(library);

                // ILGPU asks for "cuda", which only machines with the toolkit have under that name.
                NativeLibrary.SetDllImportResolver(
                    typeof(Context).Assembly, (asked, _, _) => asked is "cuda" or "nvcuda" ? library : 0);
                int status = driver.init(0);
                return status == 0 ? (driver, null) : (null, $"the driver says {driver.Describe(status)} (cuInit)");
            }
            catch (EntryPointNotFoundException missing)
            {
                return (null, $"the driver is too old: {missing.Message}");
            }
        }

        return (null, $"no NVIDIA driver here ({string.Join(", ", Libraries)} not found)");
    }

    private void Check(int status, string call, string? what = null)
    {
        if (status != 0)
        {
            throw new DeviceException($"ilgpu:cuda: {call}{(what is null ? "" : $" of '{what}'")} failed: {Describe(status)}");
        }
    }

    private string Describe(int status)
    {
        byte* name = null;
        byte* text = null;
        _ = errorName(status, &name);
        _ = errorText(status, &text);
        return $"{Marshal.PtrToStringUTF8((nint)name) ?? "unknown error"} ({status}), {Marshal.PtrToStringUTF8((nint)text) ?? "no text"}";
    }
}
