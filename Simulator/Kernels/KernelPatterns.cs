using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Kernels.Patterns;

namespace FlashMem.Simulator.Kernels;

/// <summary>
/// The access pattern of a kernel by its family. Kernels that reuse what they read (products, convolutions, attention, windows) read
/// weights and activations from textures, packed along the reduction as in SmartMem, and write texels; kernels that pass over their data
/// once use buffers, which lose nothing by skipping the texture cache. Activations are halves.
/// </summary>
internal static class KernelPatterns
{
    /// <param name="target">The device.</param>
    /// <param name="kernel">The kernel; its output has elements.</param>
    /// <param name="panels">Panels of its streamed weight that the launch computes; default without such a weight.</param>
    /// <param name="carriedBytes">Bytes that the kernel moves from unified to texture memory beside its work.</param>
    /// <exception cref="DeviceException">The kernel carries no moves, or the panels are none of its own.</exception>
    public static KernelPattern Create(PatternTarget target, KernelDesc kernel, PanelRange panels, long carriedBytes)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(kernel);
        Check(kernel, panels, carriedBytes);
        return Build(target, kernel, panels, carriedBytes);
    }

    /// <exception cref="DeviceException">The kernel carries no moves, or the panels are none of its own.</exception>
    public static void Check(KernelDesc kernel, PanelRange panels, long carriedBytes)
    {
        if (carriedBytes < 0 || (carriedBytes > 0 && !kernel.CarriesMoves))
        {
            throw new DeviceException($"{kernel.Name}: a {kernel.Family} kernel cannot move {carriedBytes} bytes");
        }

        if (kernel.Panels is { } layout && (panels.Count <= 0 || panels.Start < 0 || panels.End > layout.PanelCount))
        {
            throw new DeviceException($"{kernel.Name}: panels {panels.Start} to {panels.End} of {layout.PanelCount}");
        }
    }

    /// <summary>As <see cref="Create"/>; kernels over rows carry moves as well, which no plan lets them.</summary>
    internal static KernelPattern Build(PatternTarget target, KernelDesc kernel, PanelRange panels, long carriedBytes)
    {
        return kernel switch
        {
            MatMulKernel product => MatMulPattern.Create(target, product, panels, carriedBytes),
            ConvKernel conv => ConvPattern.Create(target, conv, panels, carriedBytes),
            AttentionKernel attention => new AttentionPattern(target, attention),
            ElementwiseKernel elementwise => ElementwisePattern.Create(target, elementwise, carriedBytes),
            SoftmaxKernel softmax => SoftmaxPattern.Create(target, softmax, carriedBytes),
            NormalizeKernel normalize => NormalizePattern.Create(target, normalize, carriedBytes),
            ReduceKernel reduce => ReducePattern.Create(target, reduce, carriedBytes),
            PoolKernel pool => PoolPattern.Create(target, pool),
            ResizeKernel resize => ResizePattern.Create(target, resize),
            GatherKernel gather => GatherPattern.Create(target, gather),
            ScatterKernel scatter => new ScatterPattern(target, scatter),
            CopyKernel copy => CopyPattern.Create(target, copy),
            _ => throw new DeviceException($"{kernel.Name}: no access pattern for {kernel.Family}"),
        };
    }
}
