using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Normalize;

/// <summary>Compiles layer, group, instance and root-mean-square normalisation.</summary>
internal static class ClNormalize
{
    public static IClKernel Compile(NormalizeKernel desc, ClTraits traits)
    {
        string[] names = ["IN0", .. desc.HasScale ? ["IN1"] : Array.Empty<string>(), .. desc.HasBias ? ["IN2"] : Array.Empty<string>()];
        ClChecks.Kernels.Check(desc, names.Length);
        ClChecks.Kernels.Rank(desc, desc.Output, 2);
        for (int i = 0; i < desc.EpilogueStart; i++)
        {
            ClChecks.Kernels.SameShape(desc, i);
        }

        return ClRowKernel.Compile(
            desc,
            "Normalize",
            "normalize_rows",
            source => source
                .Define("CENTERED", desc.Mode == NormalizeMode.MeanVariance)
                .Define("HAS_SCALE", desc.HasScale)
                .Define("HAS_BIAS", desc.HasBias)
                .Define("EPSILON", desc.Epsilon),
            names,
            traits);
    }
}
