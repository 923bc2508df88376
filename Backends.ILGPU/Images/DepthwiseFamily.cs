using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Elements;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Images;

/// <summary>Convolutions of one input channel per group, by their dense table.</summary>
internal static class DepthwiseFamily
{
    private const int Window = 0;
    private const int Channels = 1;
    private const int ChannelsPerGroup = 2;

    public static IlgpuKernel Compile(ConvKernel desc, KernelBuild build)
    {
        KernelTable table = KernelTable.Of(desc);
        table.Add(
            Window,
            Windows.Words(
                desc.Inputs[0].Shape, desc.Output.Shape, desc.Kernel, desc.Strides, desc.Dilations, desc.Pads, desc.InputDilation));
        table.Set(Channels, (int)desc.Output.Shape[1]);
        table.Set(ChannelsPerGroup, (int)desc.Output.Shape[1] / desc.Groups);
        return ElementKernel.Over(desc, table, build, desc.Epilogue is null ? Run<PlainResult> : Run<FusedResult>);
    }

    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Run<TEpilogue>(KernelOperands operands, ElementArguments arguments)
        where TEpilogue : struct, IEpilogue
    {
        ArrayView<uint> table = operands.Table;
        int family = arguments.Header + KernelTable.FamilySlot;
        int windows = Walk.FamilyPart(table, arguments.Header, Window);
        int channels = (int)table[family + Channels];
        int perGroup = (int)table[family + ChannelsPerGroup];
        int height = Windows.Get(table, windows, Windows.KernelHeight);
        int width = Windows.Get(table, windows, Windows.KernelWidth);
        for (int i = Threads.First; i < arguments.Count; i += Threads.Step)
        {
            int plane = Windows.Plane(table, windows, i);
            int image = plane / channels;
            int channel = plane - (image * channels);
            int source = (image * (channels / perGroup)) + (channel / perGroup);
            float sum = 0f;
            for (int row = 0; row < height; row++)
            {
                int y = Windows.Row(table, windows, i, row);
                for (int column = 0; column < width; column++)
                {
                    int x = Windows.Column(table, windows, i, column);
                    if (y >= 0 && x >= 0)
                    {
                        float weight = Walk.LoadFloat(
                            operands, arguments.Header, 1, (((row * width) + column) * channels) + channel);
                        sum += weight * Walk.LoadFloat(
                            operands, arguments.Header, 0, Windows.Pixel(table, windows, source, y, x));
                    }
                }
            }

            Result.Store<TEpilogue>(operands, arguments.Header, i, sum);
        }
    }
}
