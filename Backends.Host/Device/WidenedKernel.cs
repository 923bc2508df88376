using System.Collections.Immutable;
using System.Numerics.Tensors;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host;

/// <summary>
/// A kernel with operands of halves: one of floats that reads widened copies, its results rounded to nearest even. The copies are memory
/// beside every budget, so the host offers this to those only who want values and not memory.
/// </summary>
internal sealed class WidenedKernel : IHostKernel
{
    private readonly IHostKernel single;
    private readonly ImmutableArray<bool> halves;

    private WidenedKernel(KernelDesc desc, ImmutableArray<bool> halves)
    {
        Desc = desc;
        this.halves = halves;
        single = HostKernels.Compile(desc with
        {
            Inputs = [.. desc.Inputs.Select((view, i) => halves[i] ? view.WithType(ElementType.Float32) : view)],
            Output = IsHalf(desc.Output) ? desc.Output.WithType(ElementType.Float32) : desc.Output,
        });
    }

    public KernelDesc Desc { get; }

    /// <summary>Compiles any kernel; one without operands of halves as it is.</summary>
    public static IHostKernel Compile(KernelDesc desc)
    {
        ImmutableArray<bool> halves = [.. desc.Inputs.Select((view, i) => IsHalf(view) && !desc.IsFetchedRows(i))];
        return halves.Contains(true) || IsHalf(desc.Output) ? new WidenedKernel(desc, halves) : HostKernels.Compile(desc);
    }

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        var copies = new List<HostMemory>();
        try
        {
            MemoryRange output = IsHalf(Desc.Output) ? Widen(command.Output, Desc.Output, copies) : command.Output;
            single.Run(
                command with
                {
                    Kernel = single,
                    Inputs = [.. command.Inputs.Select((range, i) => halves[i] ? Widen(range, Desc.Inputs[i], copies) : range)],
                    Output = output,
                },
                workers);
            if (IsHalf(Desc.Output))
            {
                TensorPrimitives.ConvertToHalf(Elements<float>(output, Desc.Output), Elements<Half>(command.Output, Desc.Output));
            }
        }
        finally
        {
            copies.ForEach(copy => copy.Dispose());
        }
    }

    private static bool IsHalf(TensorView view) => view.Type == ElementType.Float16;

    // What a view skips is copied too: widened and rounded again it is what it was.
    private static MemoryRange Widen(MemoryRange range, TensorView view, List<HostMemory> copies)
    {
        long bytes = view.UpperBound * sizeof(float);
        var copy = new HostMemory(MemoryTier.Activation, bytes, _ => { });
        copies.Add(copy);
        var widened = new MemoryRange(copy, 0, bytes);
        TensorPrimitives.ConvertToSingle(Elements<Half>(range, view), Elements<float>(widened, view));
        return widened;
    }

    private static unsafe Span<T> Elements<T>(MemoryRange range, TensorView view)
        where T : unmanaged => new((void*)range.HostAddress, checked((int)view.UpperBound));
}
