using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Images;
using FlashMem.Backends.ILGPU.Operands;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>
/// Windows of a convolution's input: a row is an output pixel, a step of the reduction is a pixel of the window and a channel of the group.
/// </summary>
internal struct WindowLeft : ILeft
{
    private const int Window = 0;
    private const int ImageWalk = 1;
    private const int ChannelWalk = 2;
    private const int RowWalk = 3;
    private const int ColumnWalk = 4;
    private const int Channels = 5;

    /// <summary>Adds what kernels read.</summary>
    public static void Add(KernelTable table, ConvKernel desc)
    {
        TensorView view = desc.Inputs[0];
        table.Add(
            Window,
            Windows.Words(view.Shape, desc.Output.Shape, desc.Kernel, desc.Strides, desc.Dilations, desc.Pads, desc.InputDilation));
        table.AddWalk(ImageWalk, view.Factors(0, 1), view.Offset);
        table.AddWalk(ChannelWalk, view.Factors(1, 1), 0);
        table.AddWalk(RowWalk, view.Factors(2, 1), 0);
        table.AddWalk(ColumnWalk, view.Factors(3, 1), 0);
        table.Set(Channels, (int)view.Shape[1] / desc.Groups);
    }

    /// <summary>Eight channels lie side by side on a boundary of 16 bytes, as far as the view can say.</summary>
    public static bool IsWide(ConvKernel desc)
    {
        TensorView view = desc.Inputs[0];
        ImmutableArray<ViewFactor> channels = view.Axes[1];
        return channels.Length == 1 && channels[0].Stride == 1 && channels[0].Extent / desc.Groups % 8 == 0 && view.Offset % 4 == 0
            && view.Factors(0, 1).Concat(view.Factors(2, 2)).All(factor => factor.Stride % 4 == 0);
    }

    public readonly LeftRow Row(KernelOperands operands, ProductArguments arguments, int batch, int row, int group)
    {
        ArrayView<uint> table = operands.Table;
        int windows = Walk.FamilyPart(table, arguments.Header, Window);
        int width = Windows.Get(table, windows, Windows.OutputWidth);
        int image = row / arguments.Pixels;
        int pixel = row - (image * arguments.Pixels);
        return new LeftRow
        {
            Address = Walk.Address(table, Walk.FamilyPart(table, arguments.Header, ImageWalk), image),
            Y = pixel / width,
            X = pixel % width,
            Channel = group * (int)table[arguments.Header + KernelTable.FamilySlot + Channels],
        };
    }

    public readonly float Load(KernelOperands operands, ProductArguments arguments, LeftRow row, int step)
    {
        int address = Address(operands, arguments, row, step);
        return address < 0 ? 0f : Interop.IntAsFloat(operands.Input0[address]);
    }

    public readonly Float8 LoadEight(KernelOperands operands, ProductArguments arguments, LeftRow row, int step)
    {
        if (arguments.WideLeft == 0)
        {
            return LeftEight.Narrow<WindowLeft>(operands, arguments, row, step);
        }

        int address = step < arguments.Depth ? Address(operands, arguments, row, step) : -1;
        return address < 0 ? default : LeftEight.Wide(operands, address);
    }

    // -1 for padding and inserted zeros.
    private static int Address(KernelOperands operands, ProductArguments arguments, LeftRow row, int step)
    {
        ArrayView<uint> table = operands.Table;
        int windows = Walk.FamilyPart(table, arguments.Header, Window);
        int channels = (int)table[arguments.Header + KernelTable.FamilySlot + Channels];
        int width = Windows.Get(table, windows, Windows.KernelWidth);
        int tap = step / channels;
        int y = Windows.RowAt(table, windows, row.Y, tap / width);
        int x = Windows.ColumnAt(table, windows, row.X, tap % width);
        int channel = row.Channel + (step - (tap * channels));
        return y < 0 || x < 0
            ? -1
            : row.Address
                + Walk.Address(table, Walk.FamilyPart(table, arguments.Header, RowWalk), y)
                + Walk.Address(table, Walk.FamilyPart(table, arguments.Header, ColumnWalk), x)
                + Walk.Address(table, Walk.FamilyPart(table, arguments.Header, ChannelWalk), channel);
    }
}
