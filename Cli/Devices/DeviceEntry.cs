using FlashMem.Abstractions.Devices;

namespace FlashMem.Cli.Devices;

/// <summary>A kind of device that the tool knows by name.</summary>
/// <param name="Name">Name on the command line, without an index.</param>
/// <param name="IsIndexed">There may be several: <c>NAME:N</c> is the one of index N, <c>NAME</c> that of index 0.</param>
/// <param name="Probe">Describes every device of the kind that is here, or in one entry why none is.</param>
/// <param name="Open">Opens the one of an index, or throws <see cref="Abstractions.Errors.DeviceException"/>.</param>
internal sealed record DeviceEntry(string Name, bool IsIndexed, Func<IReadOnlyList<DeviceProbe>> Probe, Func<int, IDevice> Open);

/// <summary>What a probe found: a device, or the reason why it is absent.</summary>
/// <param name="Name">Name on the command line, with its index where the kind has them.</param>
/// <param name="Present">It can be opened.</param>
/// <param name="Description">What it is, or why it is absent.</param>
internal sealed record DeviceProbe(string Name, bool Present, string Description);
