using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Gather;
using FlashMem.Backends.Host.Panels;

namespace FlashMem.Backends.Host.Scatter;

/// <summary>Every update has an index of its own along one axis, and keeps its place along the others.</summary>
internal sealed unsafe class ElementTargets(ScatterKernel desc) : ITargets
{
    private readonly ImmutableArray<AxisWalk> output = [.. desc.Output.Axes.Select(factors => new AxisWalk(factors))];
    private readonly AxisWalk indexWalk = new(desc.Inputs[1].Factors());
    private readonly ImmutableArray<long> extents = desc.Inputs[1].Shape.Dims;

    public long At(long update, int* indices)
    {
        int index = indices[indexWalk.At(update)];
        long offset = 0;
        for (int axis = extents.Length - 1; axis >= 0; axis--)
        {
            (update, long digit) = Math.DivRem(update, extents[axis]);
            offset += output[axis].At(
                axis == desc.Axis ? GatherIndex.Normalize(desc.Name, index, output[axis].Extent) : digit);
        }

        return offset;
    }
}
