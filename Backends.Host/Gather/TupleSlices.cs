using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Panels;

namespace FlashMem.Backends.Host.Gather;

/// <summary>A tuple of indices along the data's axes that follow the batch axes.</summary>
internal sealed unsafe class TupleSlices : ISlices
{
    private readonly string kernel;
    private readonly AxisWalk tuples;
    private readonly AxisWalk components;
    private readonly AxisWalk batches;
    private readonly ImmutableArray<AxisWalk> axes;
    private readonly long placesPerBatch;

    public TupleSlices(GatherKernel desc)
    {
        kernel = desc.Name;
        TensorView data = desc.Inputs[0];
        TensorView indices = desc.Inputs[1];
        tuples = new AxisWalk(indices.Factors(0, indices.Rank - 1));
        components = new AxisWalk(indices.Axes[^1]);
        batches = new AxisWalk(data.Factors(0, desc.BatchDims));
        axes = [.. data.Axes.Skip(desc.BatchDims).Take((int)components.Extent).Select(factors => new AxisWalk(factors))];
        placesPerBatch = tuples.Extent / Math.Max(1, batches.Extent);
    }

    public long At(long place, int* indices)
    {
        long offset = batches.At(place / placesPerBatch);
        long tuple = tuples.At(place);
        for (int i = 0; i < axes.Length; i++)
        {
            offset += axes[i].At(GatherIndex.Normalize(kernel, indices[tuple + components.At(i)], axes[i].Extent));
        }

        return offset;
    }
}
