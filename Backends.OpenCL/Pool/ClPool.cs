using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Pool;

/// <summary>Compiles windowed reductions.</summary>
internal static class ClPool
{
    public static IClKernel Compile(PoolKernel desc, ClTraits traits)
    {
        ClImages.Check(desc);
        return desc.Output.ElementCount == 0
            ? ClPlainKernel.Nothing(desc)
            : ClImages.Compile(desc, "Pool", "pool", desc.Kernel.Height * desc.Kernel.Width, source => Define(source, desc), traits);
    }

    private static void Define(ClSource source, PoolKernel desc) => source
        .Define("MAXIMUM", desc.Mode == PoolMode.Maximum)
        .Define("INCLUDE_PAD", desc.Mode == PoolMode.AverageIncludingPad)
        .Define("WINDOW_HEIGHT", desc.Kernel.Height)
        .Define("WINDOW_WIDTH", desc.Kernel.Width)
        .Define("STRIDE_Y", desc.Strides.Height)
        .Define("STRIDE_X", desc.Strides.Width)
        .Define("DILATION_Y", desc.Dilations.Height)
        .Define("DILATION_X", desc.Dilations.Width)
        .Define("PAD_TOP", $"({ClTypes.Int(desc.Pads.Top)})")
        .Define("PAD_LEFT", $"({ClTypes.Int(desc.Pads.Left)})");
}
