using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Pool;

/// <summary>Windowed maximum and mean, all channels of a pixel at once.</summary>
internal sealed unsafe class HostPool : IHostKernel
{
    private const int ChannelAxis = 1;
    private const int BlockChannels = 512;

    private readonly PoolKernel desc;
    private readonly AxisTables input;
    private readonly ChannelRun channels;

    private HostPool(PoolKernel desc)
    {
        this.desc = desc;
        input = new AxisTables(desc.Inputs[0]);
        channels = new ChannelRun(desc, ChannelAxis);
    }

    public KernelDesc Desc => desc;

    public static IHostKernel Compile(PoolKernel desc) => new HostPool(desc);

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint output = command.Output.HostAddress;
        nint[] inputs = [.. command.Inputs.Select(range => range.HostAddress)];
        AxisTables shape = channels.Output;
        int rows = shape.Extent(0) * shape.Extent(2);
        workers.Run(rows, (row, scratch) =>
        {
            Span<long> index = stackalloc long[4];
            float* values = (float*)(scratch + StridedStore.ScratchBytes);
            index[0] = row / shape.Extent(2);
            index[2] = row % shape.Extent(2);
            for (int column = 0; column < shape.Extent(3); column++)
            {
                index[3] = column;
                for (int start = 0; start < shape.Extent(ChannelAxis); start += BlockChannels)
                {
                    int count = Math.Min(BlockChannels, shape.Extent(ChannelAxis) - start);
                    PoolPixel((float*)inputs[0], index, start, count, values);
                    channels.Store(values, start, count, index, output, inputs, scratch);
                }
            }
        });
    }

    private void PoolPixel(float* x, ReadOnlySpan<long> index, int start, int count, float* values)
    {
        bool maximum = desc.Mode == PoolMode.Maximum;
        new Span<float>(values, count).Fill(maximum ? float.NegativeInfinity : 0);
        int inside = 0;
        for (int ky = 0; ky < desc.Kernel.Height; ky++)
        {
            long y = (index[2] * desc.Strides.Height) + ((long)ky * desc.Dilations.Height) - desc.Pads.Top;
            for (int kx = 0; kx < desc.Kernel.Width && y >= 0 && y < input.Extent(2); kx++)
            {
                long xx = (index[3] * desc.Strides.Width) + ((long)kx * desc.Dilations.Width) - desc.Pads.Left;
                if (xx < 0 || xx >= input.Extent(3))
                {
                    continue;
                }

                inside++;
                Accumulate(x + input.Offset + input.At(0, index[0]) + input.At(2, y) + input.At(3, xx), start, count, values, maximum);
            }
        }

        if (!maximum)
        {
            int size = desc.Mode == PoolMode.Average ? inside : PaddedWindow(index);
            float factor = size == 0 ? 0 : 1f / size;
            LaneLoops.Binary<LaneOps.Multiply>(values, true, Spread(factor, values + BlockChannels), false, values, count);
        }
    }

    // Window elements that lie in the input or its padding; what ceil-mode windows reach beyond that does not count.
    private int PaddedWindow(ReadOnlySpan<long> index)
    {
        int rows = Inside(index[2], desc.Kernel.Height, desc.Strides.Height, desc.Dilations.Height, desc.Pads.Top, desc.Pads.Bottom, input.Extent(2));
        int columns = Inside(index[3], desc.Kernel.Width, desc.Strides.Width, desc.Dilations.Width, desc.Pads.Left, desc.Pads.Right, input.Extent(3));
        return rows * columns;

        static int Inside(long position, int kernel, int stride, int dilation, int before, int after, int extent)
        {
            int inside = 0;
            for (int k = 0; k < kernel; k++)
            {
                long at = (position * stride) + ((long)k * dilation) - before;
                inside += at < extent + after ? 1 : 0;
            }

            return inside;
        }
    }

    private static float* Spread(float value, float* buffer)
    {
        new Span<float>(buffer, LaneLoops.BroadcastFloats).Fill(value);
        return buffer;
    }

    private void Accumulate(float* source, int start, int count, float* values, bool maximum)
    {
        if (input.Stride(ChannelAxis) == 1)
        {
            float* run = source + input.At(ChannelAxis, start);
            if (maximum)
            {
                LaneLoops.Binary<LaneOps.Maximum>(values, true, run, true, values, count);
            }
            else
            {
                LaneLoops.Binary<LaneOps.Add>(values, true, run, true, values, count);
            }

            return;
        }

        for (int c = 0; c < count; c++)
        {
            float value = source[input.At(ChannelAxis, start + c)];
            values[c] = maximum ? MathF.Max(values[c], value) : values[c] + value;
        }
    }
}
