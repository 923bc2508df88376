using FlashMem.Abstractions.Kernels;
using Xunit;

namespace FlashMem.Tests.Conformance;

/// <summary>The families as test data.</summary>
public static class KernelFamilies
{
    public static TheoryData<KernelFamily> All => [.. Enum.GetValues<KernelFamily>()];
}
