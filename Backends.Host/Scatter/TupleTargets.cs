using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Gather;
using FlashMem.Backends.Host.Panels;

namespace FlashMem.Backends.Host.Scatter;

/// <summary>A tuple of indices names a slice of the output, which the updates fill.</summary>
internal sealed unsafe class TupleTargets : ITargets
{
    private readonly string kernel;
    private readonly AxisWalk tuples;
    private readonly AxisWalk components;
    private readonly ImmutableArray<AxisWalk> axes;
    private readonly AxisWalk slice;

    public TupleTargets(ScatterKernel desc)
    {
        kernel = desc.Name;
        TensorView indices = desc.Inputs[1];
        tuples = new AxisWalk(indices.Factors(0, indices.Rank - 1));
        components = new AxisWalk(indices.Axes[^1]);
        axes = [.. desc.Output.Axes.Take((int)components.Extent).Select(factors => new AxisWalk(factors))];
        slice = new AxisWalk(desc.Output.Factors((int)components.Extent));
    }

    public long At(long update, int* indices)
    {
        (long place, long element) = Math.DivRem(update, slice.Extent);
        long tuple = tuples.At(place);
        long offset = slice.At(element);
        for (int i = 0; i < axes.Length; i++)
        {
            offset += axes[i].At(GatherIndex.Normalize(kernel, indices[tuple + components.At(i)], axes[i].Extent));
        }

        return offset;
    }
}
