using FlashMem.Backends.ILGPU.Device;
using Xunit;

namespace FlashMem.Tests.Support;

/// <summary>ILGPU's devices as small tests open them; a test is skipped, with the driver's reason, where there is none of its kind.</summary>
internal static class IlgpuTestDevice
{
    /// <summary>The device of an index; the first of its kind again where there are not so many.</summary>
    /// <param name="options">Its tables are made small.</param>
    public static IlgpuDevice Open(IlgpuDeviceOptions options)
    {
        IlgpuListing listing = IlgpuPlatforms.List(options.Kind);
        Assert.SkipUnless(listing.Absence is null, $"no {options.Kind} device: {listing.Absence}");
        return IlgpuDevice.Open(options with { Index = Math.Min(options.Index, listing.Devices.Count - 1), TableBytes = 64 << 10 });
    }
}
