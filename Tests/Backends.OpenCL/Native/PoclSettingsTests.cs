using System.Runtime.CompilerServices;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Native;

public class PoclSettingsTests
{
    [Fact]
    public async Task A_division_by_zero_still_throws_after_a_device_was_opened()
    {
        await using OpenClDevice device = OpenClTestDevice.Open();

        Assert.Throws<DivideByZeroException>(() => Divide(1, 0));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Divide(int a, int b) => a / b;
}
