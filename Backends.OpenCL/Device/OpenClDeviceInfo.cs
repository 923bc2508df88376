using System.Globalization;

namespace FlashMem.Backends.OpenCL.Device;

/// <summary>An OpenCL device as its driver describes it. Sizes are in bytes, image sides in texels.</summary>
public sealed record OpenClDeviceInfo
{
    /// <summary>Place in the listing over all platforms, GPUs first; the N of <c>opencl:N</c>.</summary>
    public required int Index { get; init; }

    public required OpenClDeviceKind Kind { get; init; }

    public required string Name { get; init; }

    public required string Vendor { get; init; }

    /// <summary>Version of the device's OpenCL, for example <c>OpenCL 3.0 CUDA</c>.</summary>
    public required string Version { get; init; }

    public required string DriverVersion { get; init; }

    public required string PlatformName { get; init; }

    public required string PlatformVersion { get; init; }

    public required bool Images { get; init; }

    public required int MaxImageWidth { get; init; }

    public required int MaxImageHeight { get; init; }

    /// <summary>cl_khr_fp16: half arithmetic in kernels.</summary>
    public bool HalfArithmetic => Extensions.Contains("cl_khr_fp16");

    /// <summary>Host and device share one memory.</summary>
    public required bool UnifiedMemory { get; init; }

    public required int ComputeUnits { get; init; }

    public required int ClockMegahertz { get; init; }

    public required int MaxWorkGroup { get; init; }

    public required long LocalBytes { get; init; }

    /// <summary>Largest single buffer.</summary>
    public required long MaxAllocationBytes { get; init; }

    public required long MemoryBytes { get; init; }

    /// <summary>Names of the extensions that the driver has for it.</summary>
    public required IReadOnlySet<string> Extensions { get; init; }

    internal nint PlatformHandle { get; init; }

    internal nint DeviceHandle { get; init; }

    /// <summary>Its name on the command line.</summary>
    public string CommandLineName => Index == 0 ? "opencl" : $"opencl:{Index}";

    /// <summary>One line for listings.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name} ({Kind}, {PlatformName}; {Version}, driver {DriverVersion}); {ComputeUnits} compute units, "
        + $"{MemoryBytes / (double)(1L << 30):0.#} GiB memory{(UnifiedMemory ? " shared with the host" : "")}, "
        + $"largest buffer {MaxAllocationBytes / (double)(1L << 30):0.#} GiB, local {LocalBytes >> 10} KiB, "
        + $"{(Images ? $"images to {MaxImageWidth} x {MaxImageHeight}" : "no images")}, "
        + $"{(HalfArithmetic ? "" : "no ")}half arithmetic");
}
