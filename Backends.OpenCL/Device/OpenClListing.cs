using System.Collections.Immutable;

namespace FlashMem.Backends.OpenCL.Device;

/// <summary>The OpenCL devices of this machine, or the reason why there are none.</summary>
/// <param name="Devices">By index; GPUs first.</param>
/// <param name="Absence">Why the list is empty; null when it is not.</param>
public sealed record OpenClListing(ImmutableArray<OpenClDeviceInfo> Devices, string? Absence);
