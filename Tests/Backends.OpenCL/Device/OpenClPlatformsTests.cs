using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Device;

/// <summary>The listing of devices and the reasons why one is absent.</summary>
public sealed class OpenClPlatformsTests
{
    [Fact]
    public void A_missing_loader_library_is_named_with_the_package_that_has_it()
    {
        (Silk.NET.OpenCL.CL? api, string? absence) = ClLibrary.Load(() => throw new FileNotFoundException());

        Assert.Null(api);
        Assert.Contains("OpenCL", absence);
        Assert.Contains("not installed", absence);
    }

    [Fact]
    public void A_device_asked_for_without_any_is_an_error_with_the_reason()
    {
        var error = Assert.Throws<DeviceException>(() => OpenClPlatforms.Get(new OpenClListing([], "no driver"), 0));

        Assert.Equal(5, error.ExitCode);
        Assert.Contains("no driver", error.Message);
    }

    [Fact]
    public void An_index_out_of_range_is_an_error_that_lists_what_there_is()
    {
        OpenClTestDevice.Require();
        OpenClListing listing = OpenClPlatforms.List();

        string message = Assert.Throws<DeviceException>(() => OpenClPlatforms.Get(listing, 99)).Message;

        Assert.Contains("99", message);
        Assert.Contains(listing.Devices[0].Name, message);
        Assert.Throws<DeviceException>(() => OpenClPlatforms.Get(listing, -1));
    }

    [Fact]
    public void Devices_are_numbered_gpus_first_and_describe_themselves()
    {
        OpenClTestDevice.Require();
        OpenClListing listing = OpenClPlatforms.List();

        Assert.Equal(Enumerable.Range(0, listing.Devices.Length), listing.Devices.Select(device => device.Index));
        Assert.Equal(listing.Devices.Select(device => device.Kind).Order(), listing.Devices.Select(device => device.Kind));
        Assert.All(listing.Devices, device =>
        {
            Assert.NotEmpty(device.Name);
            Assert.NotEmpty(device.DriverVersion);
            Assert.True(device.ComputeUnits > 0 && device.MaxAllocationBytes > 0 && device.MaxWorkGroup > 0);
            Assert.Contains(device.Name, device.Describe());
        });
    }
}
