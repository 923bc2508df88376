using System.Runtime.CompilerServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Pool;

/// <summary>
/// Pools pixel by pixel, a run of channels at a time: the channels are combined in registers over the window's elements, whose addresses
/// are found once per pixel.
/// </summary>
internal sealed unsafe class WindowPool<TOp, T> : IHostKernel
    where TOp : struct, IPoolOp
    where T : struct, ILane<T>
{
    private const int Input = OperandAddresses.FirstInput;
    private const int MaxWindow = 16 * 1024;

    private readonly PoolKernel desc;
    private readonly ImageView[] views;
    private readonly LoopNest channels;
    private readonly TileStore store;

    public WindowPool(PoolKernel desc)
    {
        this.desc = desc;
        views = [.. OperandAddresses.Views(desc).Select(view => new ImageView(view))];
        channels = LoopNest.InOrder(OperandAddresses.Views(desc), 1, 1);
        store = TileStore.ForEpilogue(desc);
        HostChecks.Kernels.Require(
            (long)desc.Kernel.Height * desc.Kernel.Width <= MaxWindow,
            desc,
            $"a window of {desc.Kernel.Height} by {desc.Kernel.Width} elements; the host takes {MaxWindow} in all");
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint[] addresses = OperandAddresses.Of(desc, command);
        ImageView output = views[OperandAddresses.Output];
        var split = new TaskSplit(
            output.Images * output.Rows,
            output.Columns * output.Channels * desc.Kernel.Height * desc.Kernel.Width,
            workers.Count);
        workers.Run(split.Tasks, (task, scratch) =>
        {
            for (long row = split.Start(task); row < split.End(task); row++)
            {
                for (long column = 0; column < output.Columns; column++)
                {
                    PoolPixel(addresses, row / output.Rows, row % output.Rows, column, scratch);
                }
            }
        });
    }

    private void PoolPixel(nint[] addresses, long image, long row, long column, byte* scratch)
    {
        ImageView input = views[Input];
        var vertical = new PoolWindow(
            (row * desc.Strides.Height) - desc.Pads.Top, desc.Kernel.Height, desc.Dilations.Height, input.Rows);
        var horizontal = new PoolWindow(
            (column * desc.Strides.Width) - desc.Pads.Left, desc.Kernel.Width, desc.Dilations.Width, input.Columns);
        float* tile = (float*)(scratch + TileStore.ScratchBytes);
        var elements = (nint*)(tile + TileStore.TileElements);
        int inside = 0;
        int columns = horizontal.End;
        for (int y = vertical.Start; y < vertical.End; y++)
        {
            float* line = (float*)addresses[Input] + input.At(image, vertical.At(y));
            for (int x = horizontal.Start; x < columns; x++)
            {
                elements[inside++] = (nint)(line + input.ColumnAt(horizontal.At(x)));
            }
        }

        float scale = desc.Mode switch
        {
            PoolMode.Average => inside == 0 ? 0 : 1f / inside,
            PoolMode.AverageIncludingPad => 1f / (desc.Kernel.Height * desc.Kernel.Width),
            _ => 1,
        };
        Span<nint> starts = stackalloc nint[views.Length];
        for (int v = 0; v < starts.Length; v++)
        {
            starts[v] = v == Input ? 0 : (nint)((float*)addresses[v] + views[v].At(image, row, column));
        }

        var cursor = new NestCursor(channels, stackalloc long[NestCursor.StorageLongs(channels)]);
        for (long left = channels.Count; left > 0;)
        {
            int count = (int)Math.Min(Math.Min(left, cursor.RunLeft), TileStore.TileElements);
            Combine(elements, inside, cursor.Offset(Input), channels.RunStride(Input), scale, tile, count);
            store.Store(ref cursor, starts, tile, null, count, scratch);
            left -= count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine(nint* elements, int inside, long offset, long stride, float scale, float* tile, int count)
    {
        int i = 0;
        if (stride == 1)
        {
            T factor = T.Broadcast(scale);
            for (; i <= count - T.Count; i += T.Count)
            {
                T combined = T.Broadcast(TOp.Identity);
                for (int k = 0; k < inside; k++)
                {
                    combined = TOp.Combine(combined, T.Load((float*)elements[k] + offset + i));
                }

                T.Store(combined * factor, tile + i);
            }
        }

        for (; i < count; i++)
        {
            float combined = TOp.Identity;
            for (int k = 0; k < inside; k++)
            {
                combined = TOp.Combine(combined, ((float*)elements[k])[offset + (i * stride)]);
            }

            tile[i] = combined * scale;
        }
    }
}
