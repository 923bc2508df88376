using FlashMem.Abstractions.Devices;

namespace FlashMem.Cli.Devices;

/// <summary>A kind of device that the tool knows by name.</summary>
/// <param name="Name">Name on the command line, without an index.</param>
/// <param name="Probe">Describes the device that is here, or says why none is.</param>
/// <param name="Open">Opens it, or throws <see cref="Abstractions.Errors.DeviceException"/>.</param>
internal sealed record DeviceEntry(string Name, Func<DeviceProbe> Probe, Func<IDevice> Open);

/// <summary>What a probe found: a description, or the reason why the device is absent.</summary>
internal sealed record DeviceProbe(bool Present, string Description);
