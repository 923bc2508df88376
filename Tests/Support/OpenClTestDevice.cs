using FlashMem.Backends.OpenCL.Device;
using Xunit;

namespace FlashMem.Tests.Support;

/// <summary>OpenCL devices for tests; where there is none the test is skipped with the reason.</summary>
internal static class OpenClTestDevice
{
    private static readonly Lazy<OpenClListing> Listing = new(OpenClPlatforms.List);

    public static OpenClDevice Open() => Open(new OpenClDeviceOptions());

    public static OpenClDevice Open(OpenClDeviceOptions options)
    {
        Require();
        return OpenClDevice.Open(options);
    }

    /// <summary>Skips the calling test where there is no OpenCL device.</summary>
    public static void Require() => Assert.SkipUnless(Listing.Value.Absence is null, $"no OpenCL device: {Listing.Value.Absence}");
}
