using System.Runtime.CompilerServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Panels;

namespace FlashMem.Backends.Host.Conv;

/// <summary>
/// Where the windows of a convolution lie in its input. Offsets count elements of the input's buffer. Immutable.
/// </summary>
internal sealed class ConvGeometry
{
    private readonly AxisWalk batch;

    public ConvGeometry(ConvKernel desc)
    {
        TensorView input = desc.Inputs[0];
        Shape shape = input.Shape;
        Shape output = desc.Output.Shape;
        if (shape.Rank != 4 || output.Rank != 4 || shape[0] != output[0] || shape[1] % desc.Groups != 0
            || output[1] % desc.Groups != 0)
        {
            throw new DeviceException($"{desc.Name}: convolution of {shape} in {desc.Groups} groups into {output}");
        }

        Kernel = desc.Kernel;
        Strides = desc.Strides;
        Dilations = desc.Dilations;
        InputDilation = desc.InputDilation;
        Top = desc.Pads.Top;
        Left = desc.Pads.Left;
        OutputHeight = checked((int)output[2]);
        OutputWidth = checked((int)output[3]);
        Rows = checked(output[0] * OutputHeight * OutputWidth);
        Offset = input.Offset;
        batch = Walk(input, 0);
        Channels = Walk(input, 1);
        RowOffsets = Offsets(Walk(input, 2));
        ColumnOffsets = Offsets(Walk(input, 3));
    }

    public Extent2D Kernel { get; }

    public Extent2D Strides { get; }

    public Extent2D Dilations { get; }

    public Extent2D InputDilation { get; }

    public int Top { get; }

    public int Left { get; }

    public int OutputHeight { get; }

    public int OutputWidth { get; }

    /// <summary>Output pixels of all images.</summary>
    public long Rows { get; }

    /// <summary>Offset of pixel (0, 0), channel 0 of image 0.</summary>
    public long Offset { get; }

    /// <summary>The input's channel axis.</summary>
    public AxisWalk Channels { get; }

    /// <summary>Offset of every input row.</summary>
    public long[] RowOffsets { get; }

    /// <summary>Offset of every input column.</summary>
    public long[] ColumnOffsets { get; }

    /// <summary>True when the windows are plain input pixels at a stride: kernel 1 x 1 that never reaches into padding.</summary>
    public bool IsPointwise => Kernel == new Extent2D(1, 1) && InputDilation == new Extent2D(1, 1) && Top == 0 && Left == 0
        && (OutputHeight - 1) * Strides.Height < RowOffsets.Length && (OutputWidth - 1) * Strides.Width < ColumnOffsets.Length;

    /// <summary>Places an output pixel's window.</summary>
    public Window At(long pixel)
    {
        (long line, long x) = Math.DivRem(pixel, OutputWidth);
        (long image, long y) = Math.DivRem(line, OutputHeight);
        return new Window
        {
            Image = image,
            Y = (int)y,
            X = (int)x,
            Offset = Offset + batch.At(image),
            Top = ((int)y * Strides.Height) - Top,
            Left = ((int)x * Strides.Width) - Left,
        };
    }

    /// <summary>Moves a window to the next output pixel; cheaper than placing it anew.</summary>
    public void Advance(ref Window window)
    {
        window.Left += Strides.Width;
        if (++window.X < OutputWidth)
        {
            return;
        }

        window.X = 0;
        window.Left = -Left;
        window.Top += Strides.Height;
        if (++window.Y == OutputHeight)
        {
            window.Y = 0;
            window.Top = -Top;
            window.Image++;
            window.Offset = Offset + batch.At(window.Image);
        }
    }

    /// <summary>Input row at a spread-out position, or -1 when padding or an inserted zero lies there.</summary>
    public int InputRow(int position) => Undilate(position, InputDilation.Height, RowOffsets.Length);

    /// <summary>Input column at a spread-out position, or -1 when padding or an inserted zero lies there.</summary>
    public int InputColumn(int position) => Undilate(position, InputDilation.Width, ColumnOffsets.Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Undilate(int position, int dilation, int extent)
    {
        if (dilation != 1)
        {
            (int quotient, int remainder) = Math.DivRem(position, dilation);
            if (remainder != 0)
            {
                return -1;
            }

            position = quotient;
        }

        return (uint)position < (uint)extent ? position : -1;
    }

    private static AxisWalk Walk(TensorView view, int axis) => new(view.Factors(axis, 1));

    private static long[] Offsets(AxisWalk walk)
    {
        var offsets = new long[walk.Extent];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = walk.At(i);
        }

        return offsets;
    }
}
