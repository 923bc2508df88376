using System.Collections.Immutable;
using System.Text;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Native;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Device;

/// <summary>Looks through all platforms (drivers) for devices.</summary>
public static unsafe class OpenClPlatforms
{
    // CL_PLATFORM_NOT_FOUND_KHR: the loader is there, no driver is.
    private const int PlatformNotFound = -1001;

    // CL_DEVICE_NOT_FOUND: a driver without a device of its kind.
    private const int DeviceNotFound = -1;

    // CL_DEVICE_HOST_UNIFIED_MEMORY: deprecated since 2.0 but answered by every driver.
    private const DeviceInfo HostUnifiedMemory = (DeviceInfo)0x1035;

    // PoCL 3.1 crashes or has no device when two threads ask for its devices for the first time.
    private static readonly Lock Turn = new();

    /// <summary>Every device over all platforms, GPUs first, else in the drivers' order.</summary>
    public static OpenClListing List()
    {
        lock (Turn)
        {
            return ClLibrary.Get(out string? absence) is { } api ? ListAll(api) : new OpenClListing([], absence);
        }
    }

    /// <summary>
    /// Loads the drivers on a thread of its own, so that a process which will need them does something else meanwhile: PoCL, which brings
    /// a compiler, takes 0.1 s to load. What fails fails again, and is told, when a device is asked for.
    /// </summary>
    /// <returns>The thread. A process must not end before it: drivers abort when they are taken down while they come up.</returns>
    public static Thread BeginLoading()
    {
        // Not on the thread: it changes the environment.
        PoclSettings.Apply();
        var thread = new Thread(() =>
        {
            try
            {
                _ = List();
            }
            catch (DeviceException)
            {
            }
        })
        {
            IsBackground = true,
            Name = "flashmem OpenCL drivers",
        };
        thread.Start();
        return thread;
    }

    /// <summary>The device of an index, or a <see cref="DeviceException"/> that says what there is.</summary>
    public static OpenClDeviceInfo Get(int index) => Get(List(), index);

    internal static OpenClDeviceInfo Get(OpenClListing listing, int index)
    {
        if (index >= 0 && index < listing.Devices.Length)
        {
            return listing.Devices[index];
        }

        throw new DeviceException(listing.Absence is { } absence
            ? $"opencl: no device here: {absence}"
            : $"opencl: there is no device {index}; this machine has "
                + string.Join(", ", listing.Devices.Select(device => $"{device.Index} ({device.Name})")));
    }

    private static OpenClListing ListAll(CL api)
    {
        uint count = 0;
        int status = api.GetPlatformIDs(0, null, &count);
        if (status == PlatformNotFound || (status == 0 && count == 0))
        {
            return new OpenClListing([], "the OpenCL loader library is here but no driver is (Debian, Ubuntu: pocl-opencl-icd for the CPU)");
        }

        ClStatus.Check(status, "clGetPlatformIDs");
        var platforms = new nint[count];
        fixed (nint* handles = platforms)
        {
            ClStatus.Check(api.GetPlatformIDs(count, handles, null), "clGetPlatformIDs");
        }

        ImmutableArray<OpenClDeviceInfo> devices =
        [
            .. platforms.SelectMany(platform => DevicesOf(api, platform))
                .OrderBy(device => device.Kind)
                .Select((device, index) => device with { Index = index }),
        ];
        return devices.IsEmpty
            ? new OpenClListing([], "no driver has a device: " + string.Join(", ", platforms.Select(p => PlatformText(api, p, PlatformInfo.Name))))
            : new OpenClListing(devices, null);
    }

    private static List<OpenClDeviceInfo> DevicesOf(CL api, nint platform)
    {
        uint count = 0;
        int status = api.GetDeviceIDs(platform, DeviceType.All, 0, null, &count);
        if (status == DeviceNotFound || (status == 0 && count == 0))
        {
            return [];
        }

        ClStatus.Check(status, "clGetDeviceIDs");
        var devices = new nint[count];
        fixed (nint* handles = devices)
        {
            ClStatus.Check(api.GetDeviceIDs(platform, DeviceType.All, count, handles, null), "clGetDeviceIDs");
        }

        return [.. devices.Select(device => Describe(api, platform, device))];
    }

    private static OpenClDeviceInfo Describe(CL api, nint platform, nint device)
    {
        bool images = Number<int>(api, device, DeviceInfo.ImageSupport) != 0;
        return new OpenClDeviceInfo
        {
            Index = 0,
            Kind = KindOf((DeviceType)Number<ulong>(api, device, DeviceInfo.Type)),
            Name = Text(api, device, DeviceInfo.Name),
            Vendor = Text(api, device, DeviceInfo.Vendor),
            Version = Text(api, device, DeviceInfo.Version),
            DriverVersion = Text(api, device, DeviceInfo.DriverVersion),
            PlatformName = PlatformText(api, platform, PlatformInfo.Name),
            PlatformVersion = PlatformText(api, platform, PlatformInfo.Version),
            Images = images,
            MaxImageWidth = images ? ToInt((ulong)Number<nuint>(api, device, DeviceInfo.Image2DMaxWidth)) : 0,
            MaxImageHeight = images ? ToInt((ulong)Number<nuint>(api, device, DeviceInfo.Image2DMaxHeight)) : 0,
            Extensions = Text(api, device, DeviceInfo.Extensions).Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(),
            UnifiedMemory = Number<int>(api, device, HostUnifiedMemory) != 0,
            ComputeUnits = ToInt(Number<uint>(api, device, DeviceInfo.MaxComputeUnits)),
            ClockMegahertz = ToInt(Number<uint>(api, device, DeviceInfo.MaxClockFrequency)),
            MaxWorkGroup = ToInt((ulong)Number<nuint>(api, device, DeviceInfo.MaxWorkGroupSize)),
            LocalBytes = ToLong(Number<ulong>(api, device, DeviceInfo.LocalMemSize)),
            MaxAllocationBytes = ToLong(Number<ulong>(api, device, DeviceInfo.MaxMemAllocSize)),
            MemoryBytes = ToLong(Number<ulong>(api, device, DeviceInfo.GlobalMemSize)),
            PlatformHandle = platform,
            DeviceHandle = device,
        };
    }

    private static OpenClDeviceKind KindOf(DeviceType type) =>
        type.HasFlag(DeviceType.Gpu) ? OpenClDeviceKind.Gpu
        : type.HasFlag(DeviceType.Accelerator) ? OpenClDeviceKind.Accelerator
        : type.HasFlag(DeviceType.Cpu) ? OpenClDeviceKind.Cpu
        : OpenClDeviceKind.Other;

    private static int ToInt(ulong value) => (int)Math.Min(value, int.MaxValue);

    private static long ToLong(ulong value) => (long)Math.Min(value, long.MaxValue);

    private static T Number<T>(CL api, nint device, DeviceInfo what)
        where T : unmanaged
    {
        T value = default;
        ClStatus.Check(api.GetDeviceInfo(device, what, (nuint)sizeof(T), &value, null), "clGetDeviceInfo", $"{what}");
        return value;
    }

    private static string Text(CL api, nint device, DeviceInfo what)
    {
        nuint bytes = 0;
        ClStatus.Check(api.GetDeviceInfo(device, what, 0, null, &bytes), "clGetDeviceInfo", $"{what}");
        var text = new byte[bytes];
        fixed (byte* start = text)
        {
            ClStatus.Check(api.GetDeviceInfo(device, what, bytes, start, null), "clGetDeviceInfo", $"{what}");
        }

        return Decode(text);
    }

    private static string PlatformText(CL api, nint platform, PlatformInfo what)
    {
        nuint bytes = 0;
        ClStatus.Check(api.GetPlatformInfo(platform, what, 0, null, &bytes), "clGetPlatformInfo", $"{what}");
        var text = new byte[bytes];
        fixed (byte* start = text)
        {
            ClStatus.Check(api.GetPlatformInfo(platform, what, bytes, start, null), "clGetPlatformInfo", $"{what}");
        }

        return Decode(text);
    }

    private static string Decode(byte[] text) => Encoding.UTF8.GetString(text).TrimEnd('\0').Trim();
}
