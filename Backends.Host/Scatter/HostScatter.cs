using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Scatter;

/// <summary>Compiles writes by index.</summary>
internal static class HostScatter
{
    public static IHostKernel Compile(ScatterKernel desc)
    {
        HostChecks.Kernels.Check(desc, 3);
        HostChecks.Kernels.SameShape(desc, 0);
        if (desc.Mode == ScatterMode.Elements)
        {
            HostChecks.Kernels.Require(
                desc.Inputs[1].Shape == desc.Inputs[2].Shape && desc.Inputs[1].Rank == desc.Output.Rank,
                desc,
                $"indices of shape {desc.Inputs[1].Shape}, updates of shape {desc.Inputs[2].Shape} and data of shape {desc.Output.Shape}");
            return new ScatterUpdates(desc, new ElementTargets(desc));
        }

        int tuple = (int)desc.Inputs[1].Shape[desc.Inputs[1].Rank - 1];
        int places = desc.Inputs[1].Rank - 1;
        HostChecks.Kernels.Require(
            tuple <= desc.Output.Rank && desc.Inputs[2].Rank == places + desc.Output.Rank - tuple,
            desc,
            $"tuples of {tuple} with updates of shape {desc.Inputs[2].Shape} into data of shape {desc.Output.Shape}");
        return new ScatterUpdates(desc, new TupleTargets(desc));
    }
}
