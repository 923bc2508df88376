using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Panels;

namespace FlashMem.Backends.Host.Gather;

/// <summary>One index along the middle axis of [outer, axis, inner].</summary>
internal sealed unsafe class AxisSlices(GatherKernel desc) : ISlices
{
    private readonly AxisWalk outer = new(desc.Inputs[0].Axes[0]);
    private readonly AxisWalk axis = new(desc.Inputs[0].Axes[1]);
    private readonly AxisWalk indexWalk = new(desc.Inputs[1].Axes[0]);

    public long At(long place, int* indices)
    {
        (long row, long index) = Math.DivRem(place, indexWalk.Extent);
        return outer.At(row) + axis.At(GatherIndex.Normalize(desc.Name, indices[indexWalk.At(index)], axis.Extent));
    }
}
