using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Panels;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Conv;

/// <summary>
/// Depthwise convolution: every output channel reads one input channel. Tasks are blocks of output pixels; taps are added in kernel
/// order. Fast when channels are adjacent in memory and each input channel has one output channel.
/// </summary>
internal sealed unsafe class DepthwiseConv : IHostKernel
{
    // Output pixels times channels per task: enough to pay for starting it, few enough to share evenly.
    private const int TaskFloats = 32 * 1024;

    private readonly ConvKernel desc;
    private readonly ConvGeometry geometry;
    private readonly TileOutput output;
    private readonly AxisWalk taps;
    private readonly AxisWalk tapChannels;
    private readonly long tableOffset;
    private readonly int channels;
    private readonly int channelsPerTask;
    private readonly int multiplier;
    private readonly int pixelsPerTask;

    public DepthwiseConv(ConvKernel desc)
    {
        geometry = new ConvGeometry(desc);
        long inputChannels = geometry.Channels.Extent;
        TensorView table = desc.Inputs[1];
        channels = checked((int)desc.Output.Shape[1]);
        if (inputChannels != desc.Groups || table.Shape != new Shape(desc.Kernel.Height * desc.Kernel.Width, channels))
        {
            throw new DeviceException(
                $"{desc.Name}: depthwise convolution of {desc.Inputs[0].Shape} in {desc.Groups} groups with table {table.Shape}");
        }

        this.desc = desc;
        multiplier = channels / desc.Groups;
        taps = new AxisWalk(table.Factors(0, 1));
        tapChannels = new AxisWalk(table.Factors(1, 1));
        tableOffset = table.Offset;
        output = new TileOutput(desc, MatrixView.OfPixels);
        channelsPerTask = Math.Min(channels, TileShape.MaxTileFloats);
        pixelsPerTask = Math.Clamp(TaskFloats / channelsPerTask, 1, TileShape.MaxRows);
    }

    public KernelDesc Desc => desc;

    private bool IsAdjacent => multiplier == 1 && IsDense(geometry.Channels) && IsDense(tapChannels);

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        float* input = (float*)command.Inputs[0].HostAddress;
        float* table = (float*)command.Inputs[1].HostAddress + tableOffset;
        var binding = new OutputBinding(desc, command);
        int pixelBlocks = checked((int)((geometry.Rows + pixelsPerTask - 1) / pixelsPerTask));
        int channelBlocks = (channels + channelsPerTask - 1) / channelsPerTask;
        workers.Run(checked(pixelBlocks * channelBlocks), (task, scratch) =>
        {
            (int channelBlock, int pixelBlock) = Math.DivRem(task, pixelBlocks);
            long pixel = (long)pixelBlock * pixelsPerTask;
            int pixels = (int)Math.Min(pixelsPerTask, geometry.Rows - pixel);
            int channel = channelBlock * channelsPerTask;
            int count = Math.Min(channelsPerTask, channels - channel);
            ProductScratch parts = new(scratch);
            Pixels(input, table, pixel, pixels, channel, count, parts.Tile);
            output.Store(binding, 0, pixel, pixels, channel, count, parts.Tile, count, parts.Output);
        });
    }

    private static bool IsDense(AxisWalk axis) => axis.Extent == 1 || (axis.RunExtent == axis.Extent && axis.RunStride == 1);

    // Sums all taps of some output pixels for channels [channel, channel + count); results lie pixel by pixel.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pixels(float* input, float* table, long pixel, int pixels, int channel, int count, float* result)
    {
        int height = geometry.Kernel.Height;
        int width = geometry.Kernel.Width;
        bool adjacent = IsAdjacent;
        float** sources = stackalloc float*[height * width];
        float** weights = stackalloc float*[height * width];
        float** tapWeights = stackalloc float*[height * width];
        for (int t = 0; t < height * width; t++)
        {
            tapWeights[t] = table + taps.At(t);
        }

        Window window = geometry.At(pixel);
        for (int p = 0; p < pixels; p++)
        {
            float* image = input + window.Offset;
            int used = 0;
            for (int y = 0; y < height; y++)
            {
                int row = geometry.InputRow(window.Top + (y * geometry.Dilations.Height));
                for (int x = 0; x < width && row >= 0; x++)
                {
                    int column = geometry.InputColumn(window.Left + (x * geometry.Dilations.Width));
                    if (column >= 0)
                    {
                        sources[used] = image + geometry.RowOffsets[row] + geometry.ColumnOffsets[column];
                        weights[used] = tapWeights[(y * width) + x];
                        used++;
                    }
                }
            }

            if (adjacent)
            {
                SumAdjacent(sources, weights, used, channel, count, result);
            }
            else
            {
                SumStrided(sources, weights, used, channel, count, result);
            }

            result += count;
            geometry.Advance(ref window);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumAdjacent(float** sources, float** weights, int used, int channel, int count, float* result)
    {
        int c = 0;
        for (; c <= count - 64; c += 64)
        {
            Vector512<float> a = default, b = default, d = default, e = default;
            for (int t = 0; t < used; t++)
            {
                float* source = sources[t] + channel + c;
                float* weight = weights[t] + channel + c;
                a = Vector512.MultiplyAddEstimate(Vector512.Load(source), Vector512.Load(weight), a);
                b = Vector512.MultiplyAddEstimate(Vector512.Load(source + 16), Vector512.Load(weight + 16), b);
                d = Vector512.MultiplyAddEstimate(Vector512.Load(source + 32), Vector512.Load(weight + 32), d);
                e = Vector512.MultiplyAddEstimate(Vector512.Load(source + 48), Vector512.Load(weight + 48), e);
            }

            a.Store(result + c);
            b.Store(result + c + 16);
            d.Store(result + c + 32);
            e.Store(result + c + 48);
        }

        for (; c <= count - 32; c += 32)
        {
            Vector512<float> a = default, b = default;
            for (int t = 0; t < used; t++)
            {
                float* source = sources[t] + channel + c;
                float* weight = weights[t] + channel + c;
                a = Vector512.MultiplyAddEstimate(Vector512.Load(source), Vector512.Load(weight), a);
                b = Vector512.MultiplyAddEstimate(Vector512.Load(source + 16), Vector512.Load(weight + 16), b);
            }

            a.Store(result + c);
            b.Store(result + c + 16);
        }

        for (; c <= count - 8; c += 8)
        {
            Vector256<float> sum = default;
            for (int t = 0; t < used; t++)
            {
                sum = Vector256.MultiplyAddEstimate(
                    Vector256.Load(sources[t] + channel + c), Vector256.Load(weights[t] + channel + c), sum);
            }

            sum.Store(result + c);
        }

        for (; c < count; c++)
        {
            float sum = 0;
            for (int t = 0; t < used; t++)
            {
                sum = float.MultiplyAddEstimate(sources[t][channel + c], weights[t][channel + c], sum);
            }

            result[c] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumStrided(float** sources, float** weights, int used, int channel, int count, float* result)
    {
        for (int c = 0; c < count; c++)
        {
            long from = geometry.Channels.At((channel + c) / multiplier);
            long weight = tapChannels.At(channel + c);
            float sum = 0;
            for (int t = 0; t < used; t++)
            {
                sum = float.MultiplyAddEstimate(sources[t][from], weights[t][weight], sum);
            }

            result[c] = sum;
        }
    }
}
