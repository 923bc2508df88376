using System.Runtime.CompilerServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Resize;

/// <summary>Resampling by taps along height and width, all channels of a pixel at once.</summary>
internal sealed unsafe class HostResize : IHostKernel
{
    private const int ChannelAxis = 1;
    private const int BlockChannels = 512;

    private readonly ResizeKernel desc;
    private readonly AxisTables input;
    private readonly ChannelRun channels;
    private readonly AxisTaps rows;
    private readonly AxisTaps columns;

    private HostResize(ResizeKernel desc)
    {
        this.desc = desc;
        input = new AxisTables(desc.Inputs[0]);
        channels = new ChannelRun(desc, ChannelAxis);
        rows = AxisTaps.Create(desc, input.Extent(2), channels.Output.Extent(2), desc.ScaleHeight);
        columns = AxisTaps.Create(desc, input.Extent(3), channels.Output.Extent(3), desc.ScaleWidth);
    }

    public KernelDesc Desc => desc;

    public static IHostKernel Compile(ResizeKernel desc) => new HostResize(desc);

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint output = command.Output.HostAddress;
        nint[] inputs = [.. command.Inputs.Select(range => range.HostAddress)];
        AxisTables shape = channels.Output;
        workers.Run(shape.Extent(0) * shape.Extent(2), (row, scratch) =>
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
                    Sample((float*)inputs[0], index, start, count, values);
                    channels.Store(values, start, count, index, output, inputs, scratch);
                }
            }
        });
    }

    private void Sample(float* x, ReadOnlySpan<long> index, int start, int count, float* values)
    {
        new Span<float>(values, count).Clear();
        for (int r = 0; r < rows.TapsPerOutput; r++)
        {
            int row = ((int)index[2] * rows.TapsPerOutput) + r;
            for (int c = 0; c < columns.TapsPerOutput; c++)
            {
                int column = ((int)index[3] * columns.TapsPerOutput) + c;
                float weight = rows.Weights[row] * columns.Weights[column];
                if (weight == 0)
                {
                    continue;
                }

                float* source = x + input.Offset + input.At(0, index[0]) + input.At(2, rows.Positions[row]) + input.At(3, columns.Positions[column]);
                if (input.Stride(ChannelAxis) == 1)
                {
                    AddScaled(source + input.At(ChannelAxis, start), weight, values, count);
                }
                else
                {
                    for (int k = 0; k < count; k++)
                    {
                        values[k] += weight * source[input.At(ChannelAxis, start + k)];
                    }
                }
            }
        }
    }

    private static void AddScaled(float* source, float weight, float* values, int count)
    {
        switch (LaneWidth.Bits)
        {
            case 512:
                AddScaled<Lane512>(source, weight, values, count);
                break;
            case 256:
                AddScaled<Lane256>(source, weight, values, count);
                break;
            default:
                AddScaled<Lane128>(source, weight, values, count);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddScaled<T>(float* source, float weight, float* values, int count)
        where T : struct, ILane<T>
    {
        T factor = T.Broadcast(weight);
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            T.Store(T.MultiplyAdd(T.Load(source + i), factor, T.Load(values + i)), values + i);
        }

        for (; i < count; i++)
        {
            values[i] = MathF.FusedMultiplyAdd(source[i], weight, values[i]);
        }
    }
}
