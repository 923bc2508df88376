using FlashMem.Abstractions.Devices;
using ILGPU;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Programs;

/// <summary>What a launch needs beside its command. Used by the compute queue's submission thread only.</summary>
/// <param name="Tables">The tables of all kernels.</param>
/// <param name="Fault">Where kernels say that their data made them fail.</param>
internal sealed record LaunchContext(TableStore Tables, FaultRecord Fault)
{
    /// <summary>Gives a stream the launches of a command.</summary>
    public void Launch(IlgpuKernel kernel, DispatchCommand command, AcceleratorStream stream)
    {
        if (kernel.IsFallible)
        {
            Fault.Clear(stream);
        }

        kernel.Launch(new Launch(stream, command, OperandBinding.Bind(command, Tables.View), Fault.View));
    }
}

/// <summary>One command on its way to a stream.</summary>
/// <param name="Stream">Where it goes.</param>
/// <param name="Command">What is dispatched.</param>
/// <param name="Operands">Its memory as kernels see it.</param>
/// <param name="Fault">Where a fallible kernel reports, see <see cref="FaultRecord"/>.</param>
internal readonly record struct Launch(
    AcceleratorStream Stream, DispatchCommand Command, Operands.KernelOperands Operands, ArrayView<uint> Fault);
