using FlashMem.Backends.ILGPU.Operands;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.Ilgpu.Operands;

/// <summary>Kernels divide by multiplying; every quotient that they can ask for must be exact.</summary>
public sealed class DivisionTests
{
    [Property(MaxTest = 2000)]
    public void A_product_and_a_shift_divide_any_number_below_2_to_the_31(uint dividend, uint divisor)
    {
        uint n = dividend & int.MaxValue;
        uint d = Math.Max(1, divisor & int.MaxValue);
        AssertDivides(n, d);
        AssertDivides(int.MaxValue, d);
        AssertDivides(n, (d % 5000) + 1);
        AssertDivides(n / d * d, d);
        AssertDivides(Math.Max(1, n / d * d) - 1, d);
    }

    private static void AssertDivides(uint n, uint d)
    {
        (uint multiplier, int shift) = KernelTable.Division(d);
        Assert.Equal(n / d, (uint)(((ulong)n * multiplier) >> shift));
    }
}
