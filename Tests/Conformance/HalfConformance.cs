using FlashMem.Abstractions.Kernels;
using FlashMem.Tests.Conformance.Cases;
using Xunit;

namespace FlashMem.Tests.Conformance;

/// <summary>
/// The same kernels with activations of halves, against the reference interpreter, which rounds what it stores: for devices that have
/// <see cref="Abstractions.Devices.DeviceCapabilities.HalfActivations"/>.
/// </summary>
public abstract class HalfConformance<TFixture>(TFixture fixture) : IClassFixture<TFixture>
    where TFixture : class, IDeviceFixture
{
    [Theory]
    [MemberData(nameof(KernelFamilies.All), MemberType = typeof(KernelFamilies))]
    public void A_family_reads_and_writes_halves(KernelFamily family)
    {
        Assert.True(fixture.Device.Capabilities.HalfActivations);
        for (int seed = 0; seed < fixture.CasesPerFamily; seed++)
        {
            var random = new Random((1000 * (int)family) + seed);
            KernelCase kernelCase = HalfCases.Of(
                RandomCases.Create(family, random, fixture.Device.Capabilities.DepthInterleave), random);
            if (fixture.Gap(kernelCase.Desc) is null)
            {
                CaseRunner.Check(fixture.Device, kernelCase, $"seed {seed}");
            }
        }
    }
}
