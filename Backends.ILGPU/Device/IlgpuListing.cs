namespace FlashMem.Backends.ILGPU.Device;

/// <summary>A device that can be opened.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Index">Which of the kind.</param>
/// <param name="Description">One line for listings.</param>
public sealed record IlgpuDeviceInfo(IlgpuDeviceKind Kind, int Index, string Description)
{
    /// <summary>Name as on the command line, for example <c>ilgpu:cuda:0</c>.</summary>
    public string CommandLineName => Kind == IlgpuDeviceKind.Cpu ? NameOf(Kind) : $"{NameOf(Kind)}:{Index}";

    /// <summary>A kind's name on the command line.</summary>
    public static string NameOf(IlgpuDeviceKind kind) => kind switch
    {
        IlgpuDeviceKind.Cuda => "ilgpu:cuda",
        IlgpuDeviceKind.OpenCl => "ilgpu:opencl",
        _ => "ilgpu:cpu",
    };
}

/// <summary>The devices of a kind, or why there are none.</summary>
/// <param name="Devices">In the order of their indices; empty when there are none.</param>
/// <param name="Absence">Why there are none; null when there are some.</param>
public sealed record IlgpuListing(IReadOnlyList<IlgpuDeviceInfo> Devices, string? Absence);
