using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Measurements;

namespace FlashMem.Simulator.Twin;

/// <summary>Which measured device a twin is of, and how it is opened.</summary>
public sealed record TwinOptions
{
    /// <summary>Name as on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>The device's measured figures. A plan made by them is one for the device and for its twin.</summary>
    public required DeviceSpec Spec { get; init; }

    /// <summary>What else was measured.</summary>
    public required TwinFigures Figures { get; init; }

    /// <summary>Weight files are in the operating system's page cache; false, the default, has them on the disk.</summary>
    public bool PageCache { get; init; }
}
