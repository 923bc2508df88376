using System.Text.Json;
using FlashMem.Abstractions.Devices;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Cli.Devices;
using FlashMem.Scheduling.Plans;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary><c>devices</c> says how chunks reach a device's kernels, but only where asked, because that opens the devices.</summary>
public sealed class DevicesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Moves_are_listed_when_asked_for()
    {
        Assert.DoesNotContain("nothing moves", List());
        Assert.Contains("zero copy: kernels read weights where storage put them, nothing moves", List("-v"), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_holds_a_device_per_line_of_the_listing_with_its_move_modes()
    {
        using var document = JsonDocument.Parse(List("--json"));
        JsonElement[] devices = [.. document.RootElement.GetProperty("devices").EnumerateArray()];

        Assert.Equal(List().Trim().Split('\n').Length, devices.Length);
        Assert.Equal("host", devices[0].GetProperty("name").GetString());
        Assert.True(devices[0].GetProperty("zeroCopy").GetBoolean());
        Assert.Equal(0, devices[0].GetProperty("moveModes").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, devices[0].GetProperty("inKernelRefusal").ValueKind);
    }

    [Fact]
    public async Task Modes_are_those_that_the_device_answers()
    {
        string name = OpenClPlatforms.List().Devices.FirstOrDefault()?.CommandLineName ?? "";
        Assert.SkipWhen(name.Length == 0, "no OpenCL device");
        DeviceMoves moves = await DeviceMoves.FindAsync(name);

        await using IDevice device = DeviceRegistry.Open(name);
        Assert.Null(moves.Failure);
        Assert.Equal(device.Capabilities.ZeroCopy, moves.Modes.Count == 0);
        Assert.Equal(device.Capabilities.CarriedMoves != CarriedMoves.None, moves.Modes.Contains(MoveMode.InKernel));
    }

    [Fact]
    public void A_refusal_stands_in_the_line() => Assert.Equal(
        "weights in images, moves: copyQueue; not inKernel: stale bytes",
        new DeviceMoves(false, true, [MoveMode.CopyQueue], "stale bytes", null).Describe());

    [Fact]
    public async Task A_device_that_cannot_be_opened_says_why() =>
        Assert.Contains("opencl", (await DeviceMoves.FindAsync("opencl:99")).Failure, StringComparison.Ordinal);

    private string List(params string[] arguments)
    {
        FlashMemProcess.Result list = FlashMemProcess.Run(folder.Path, ["devices", .. arguments]);
        Assert.Equal((0, ""), (list.ExitCode, list.Errors));
        return list.Output;
    }
}
