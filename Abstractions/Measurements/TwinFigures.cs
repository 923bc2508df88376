using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;

namespace FlashMem.Abstractions.Measurements;

/// <summary>
/// What a simulated twin of a real device needs beside its <see cref="DeviceSpec"/>: capabilities, and times measured on it.
/// </summary>
public sealed record TwinFigures
{
    /// <summary>The device's own: plans and weight files that fit it fit the twin.</summary>
    public required DeviceCapabilities Capabilities { get; init; }

    /// <summary>Reads of a weight file that is not in the page cache.</summary>
    public required ReadFigures DiskReads { get; init; }

    /// <summary>Reads of a weight file that is in the page cache.</summary>
    public required ReadFigures CachedReads { get; init; }

    /// <summary>Unified to texture memory by the transfer queue, by ascending size; empty on zero-copy devices.</summary>
    public required ImmutableArray<SizedTime> Copies { get; init; }

    /// <summary>Between copies and kernels; empty on zero-copy devices.</summary>
    public required ImmutableArray<Interference> CopyInterference { get; init; }

    /// <summary>Empty where kernels carry no moves.</summary>
    public required ImmutableArray<CarriedCost> CarriedCosts { get; init; }

    /// <summary>From the signal that a kernel or copy waits for to its start, seconds.</summary>
    public required Figure Handover { get; init; }

    /// <summary>Null on zero-copy devices, where nothing is copied beside kernels, and in profiles that are older than this figure.</summary>
    public DriverCosts? Driver { get; init; }

    /// <summary>The host fetching results from the device, bytes per second.</summary>
    public required Figure HostReadBandwidth { get; init; }

    /// <summary>What a run takes beside its kernels and the fetching of its results, seconds; 0 when no model was measured.</summary>
    public required Figure RunOverhead { get; init; }

    /// <summary>Every distinct launch of the models measured; empty when none was.</summary>
    public required ImmutableArray<MeasuredKernel> Kernels { get; init; }
}
