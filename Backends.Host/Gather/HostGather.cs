using System.Numerics.Tensors;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Gather;

/// <summary>Reads by index: along an axis, element by element, by index tuples, or rows that the runtime fetched.</summary>
internal sealed unsafe class HostGather : IHostKernel
{
    private const int BlockElements = 1024;

    private readonly GatherKernel desc;
    private readonly AxisTables data;
    private readonly AxisTables? indices;
    private readonly ChannelRun run;
    private readonly int lastAxis;

    private HostGather(GatherKernel desc)
    {
        this.desc = desc;
        lastAxis = desc.Output.Rank - 1;
        data = new AxisTables(desc.Inputs[0]);
        indices = desc.Mode == GatherMode.FetchedRows ? null : new AxisTables(desc.Inputs[1]);
        run = new ChannelRun(desc, Math.Max(0, lastAxis));
    }

    public KernelDesc Desc => desc;

    public static IHostKernel Compile(GatherKernel desc) => desc.Output.Rank == 0
        ? new HostGather(desc with
        {
            Output = desc.Output.InsertAxis(0),
            Inputs = desc.Mode == GatherMode.Nd ? desc.Inputs.SetItem(1, desc.Inputs[1].InsertAxis(0)) : desc.Inputs,
        })
        : new HostGather(desc);

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint output = command.Output.HostAddress;
        nint[] inputs = [.. command.Inputs.Select(range => range.HostAddress)];
        AxisTables shape = run.Output;
        long rows = 1;
        for (int axis = 0; axis < lastAxis; axis++)
        {
            rows *= shape.Extent(axis);
        }

        workers.Run(checked((int)rows), (row, scratch) =>
        {
            Span<long> index = stackalloc long[shape.Rank];
            long rest = row;
            for (int axis = lastAxis - 1; axis >= 0; axis--)
            {
                index[axis] = rest % shape.Extent(axis);
                rest /= shape.Extent(axis);
            }

            float* values = (float*)(scratch + StridedStore.ScratchBytes);
            for (int start = 0; start < shape.Extent(lastAxis); start += BlockElements)
            {
                int count = Math.Min(BlockElements, shape.Extent(lastAxis) - start);
                Read(inputs, index, start, count, values);
                run.Store(values, start, count, index, output, inputs, scratch);
            }
        });
    }

    private void Read(nint[] inputs, Span<long> index, int start, int count, float* values)
    {
        if (desc.Mode == GatherMode.FetchedRows)
        {
            ReadFetched(inputs[0], index, start, count, values);
            return;
        }

        Span<long> source = stackalloc long[data.Rank];
        Span<long> at = stackalloc long[indices!.Rank];
        for (int i = 0; i < count; i++)
        {
            index[lastAxis] = start + i;
            Locate((int*)inputs[1], index, source, at);
            values[i] = ((float*)inputs[0])[data.At(source)];
        }
    }

    private void ReadFetched(nint rows, Span<long> index, int start, int count, float* values)
    {
        // Rows are dense: the storage wrote them one after the other.
        index[lastAxis] = start;
        long first = data.At(index);
        if (desc.RowType == ElementType.Float16)
        {
            TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>((Half*)rows + first, count), new Span<float>(values, count));
        }
        else
        {
            new ReadOnlySpan<float>((float*)rows + first, count).CopyTo(new Span<float>(values, count));
        }
    }

    private void Locate(int* ids, ReadOnlySpan<long> index, Span<long> source, Span<long> at)
    {
        switch (desc.Mode)
        {
            case GatherMode.Axis:
                at[0] = index[1];
                source[0] = index[0];
                source[1] = GatherIndex.Normalize(desc.Name, ids[indices!.At(at)], data.Extent(1));
                source[2] = index[2];
                break;
            case GatherMode.Elements:
                index.CopyTo(source);
                source[desc.Axis] = GatherIndex.Normalize(desc.Name, ids[indices!.At(index)], data.Extent(desc.Axis));
                break;
            default:
                LocateTuple(ids, index, source, at);
                break;
        }
    }

    // The first indices.Rank - 1 output axes name a tuple; it indexes the data axes after the batch axes, the rest are copied.
    private void LocateTuple(int* ids, ReadOnlySpan<long> index, Span<long> source, Span<long> at)
    {
        int tupleAxis = at.Length - 1;
        int tuple = indices!.Extent(tupleAxis);
        index[..tupleAxis].CopyTo(at);
        index[..desc.BatchDims].CopyTo(source);
        for (int k = 0; k < tuple; k++)
        {
            at[tupleAxis] = k;
            int axis = desc.BatchDims + k;
            source[axis] = GatherIndex.Normalize(desc.Name, ids[indices.At(at)], data.Extent(axis));
        }

        int copied = data.Rank - desc.BatchDims - tuple;
        index.Slice(tupleAxis, copied).CopyTo(source[(desc.BatchDims + tuple)..]);
    }
}
