using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Views;

/// <summary>One row: the address of its first element in every view, and the calling worker's scratch.</summary>
internal unsafe delegate void RowBody(ReadOnlySpan<nint> starts, byte* scratch);

/// <summary>
/// Kernels that work on rows: the axes before a given one count rows, the others are the row. All views of the kernel take part, in the
/// order of <see cref="OperandAddresses"/>. Immutable.
/// </summary>
internal sealed unsafe class RowWalk
{
    public RowWalk(KernelDesc desc, int innerAxis)
    {
        TensorView[] views = OperandAddresses.Views(desc);
        Rows = LoopNest.InMemoryOrder(views, 0, innerAxis);
        Row = LoopNest.InMemoryOrder(views, innerAxis);
    }

    /// <summary>Walk over the rows.</summary>
    public LoopNest Rows { get; }

    /// <summary>Walk over one row, in the order in which it lies in the output.</summary>
    public LoopNest Row { get; }

    /// <summary>Calls the body for every row, on all workers.</summary>
    public void ForEachRow(KernelDesc desc, DispatchCommand command, WorkerPool workers, RowBody body)
    {
        nint[] addresses = OperandAddresses.Of(desc, command);
        var split = new TaskSplit(Rows.Count, Row.Count, workers.Count);
        workers.Run(split.Tasks, (task, scratch) =>
        {
            var cursor = new NestCursor(Rows, stackalloc long[NestCursor.StorageLongs(Rows)]);
            Span<nint> starts = stackalloc nint[addresses.Length];
            long end = split.End(task);
            cursor.Seek(split.Start(task));
            for (long row = split.Start(task); row < end; row++)
            {
                for (int v = 0; v < starts.Length; v++)
                {
                    starts[v] = (nint)cursor.At(v, addresses[v]);
                }

                body(starts, scratch);
                cursor.Advance(1);
            }
        });
    }
}
