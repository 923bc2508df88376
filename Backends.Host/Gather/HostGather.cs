using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Gather;

/// <summary>Compiles reads by index.</summary>
internal static class HostGather
{
    public static IHostKernel Compile(GatherKernel desc)
    {
        HostChecks.Kernels.Check(desc, desc.Mode == GatherMode.FetchedRows ? 1 : 2);
        switch (desc.Mode)
        {
            case GatherMode.FetchedRows:
                HostChecks.Kernels.Rank(desc, desc.Output, 2);
                HostChecks.Kernels.SameShape(desc, 0);
                HostChecks.Kernels.Require(
                    desc.RowType is ElementType.Float16 or ElementType.Float32 or ElementType.Int32,
                    desc,
                    $"fetched rows of type {desc.RowType}");
                return new FetchedRows(desc);
            case GatherMode.Axis:
                HostChecks.Kernels.Rank(desc, desc.Inputs[0], 3);
                HostChecks.Kernels.Rank(desc, desc.Inputs[1], 1);
                HostChecks.Kernels.Rank(desc, desc.Output, 3);
                RequireSlices(desc, 2, 2);
                return new SliceGather(desc, new AxisSlices(desc), dataAxis: 2);
            case GatherMode.Elements:
                HostChecks.Kernels.Rank(desc, desc.Inputs[0], desc.Output.Rank);
                HostChecks.Kernels.SameShape(desc, 1);
                return new ElementGather(desc);
            default:
                int tuple = (int)desc.Inputs[1].Shape[desc.Inputs[1].Rank - 1];
                int dataAxis = desc.BatchDims + tuple;
                int outputAxis = desc.Inputs[1].Rank - 1;
                HostChecks.Kernels.Require(
                    dataAxis <= desc.Inputs[0].Rank && desc.Output.Rank == outputAxis + desc.Inputs[0].Rank - dataAxis,
                    desc,
                    $"tuples of {tuple} into data of shape {desc.Inputs[0].Shape} for an output of shape {desc.Output.Shape}");
                RequireSlices(desc, dataAxis, outputAxis);
                return new SliceGather(desc, new TupleSlices(desc), dataAxis);
        }
    }

    // The axes that are copied whole have the same extents on both sides.
    private static void RequireSlices(GatherKernel desc, int dataAxis, int outputAxis) => HostChecks.Kernels.Require(
        desc.Inputs[0].Shape.Dims.AsSpan()[dataAxis..].SequenceEqual(desc.Output.Shape.Dims.AsSpan()[outputAxis..]),
        desc,
        $"slices of data of shape {desc.Inputs[0].Shape} into an output of shape {desc.Output.Shape}");
}
