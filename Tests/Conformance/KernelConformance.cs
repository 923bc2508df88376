using FlashMem.Abstractions.Kernels;
using FlashMem.Tests.Conformance.Cases;
using Xunit;

namespace FlashMem.Tests.Conformance;

/// <summary>Every kernel family with random shapes, views, epilogues and weights, against the reference interpreter.</summary>
public abstract class KernelConformance<TFixture>(TFixture fixture) : IClassFixture<TFixture>
    where TFixture : class, IDeviceFixture
{
    [Theory]
    [MemberData(nameof(KernelFamilies.All), MemberType = typeof(KernelFamilies))]
    public void A_family_computes_what_the_reference_does(KernelFamily family)
    {
        for (int seed = 0; seed < fixture.CasesPerFamily; seed++)
        {
            KernelCase kernelCase = RandomCases.Create(
                family, new Random((1000 * (int)family) + seed), fixture.Device.Capabilities.DepthInterleave);
            if (fixture.Gap(kernelCase.Desc) is null)
            {
                CaseRunner.Check(fixture.Device, kernelCase, $"seed {seed}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(KernelFamilies.All), MemberType = typeof(KernelFamilies))]
    public void A_family_accepts_tensors_without_elements(KernelFamily family)
    {
        KernelCase? kernelCase = EmptyCases.Create(family);
        if (kernelCase is not null && fixture.Gap(kernelCase.Desc) is null)
        {
            CaseRunner.Check(fixture.Device, kernelCase, "empty");
        }
    }
}
