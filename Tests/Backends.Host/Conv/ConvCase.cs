using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Backends.Host.Conv;

/// <summary>A convolution to test, with a reference in double precision.</summary>
internal sealed record ConvCase
{
    public int Batch { get; init; } = 1;

    public int Channels { get; init; } = 1;

    public int Outputs { get; init; } = 1;

    public int Height { get; init; } = 1;

    public int Width { get; init; } = 1;

    public int Groups { get; init; } = 1;

    public Extent2D Kernel { get; init; } = new(1, 1);

    public Extent2D Strides { get; init; } = new(1, 1);

    public Extent2D Dilations { get; init; } = new(1, 1);

    public Extent2D InputDilation { get; init; } = new(1, 1);

    public Padding2D Pads { get; init; }

    /// <summary>Dense NHWC; otherwise any layout.</summary>
    public bool ChannelsLast { get; init; }

    private int OutputHeight =>
        Extent(Height, InputDilation.Height, Pads.Top + Pads.Bottom, Dilations.Height, Kernel.Height, Strides.Height);

    private int OutputWidth =>
        Extent(Width, InputDilation.Width, Pads.Left + Pads.Right, Dilations.Width, Kernel.Width, Strides.Width);

    /// <summary>A small case of any kind with at least one output pixel.</summary>
    public static ConvCase Random(Random random)
    {
        while (true)
        {
            int groups = random.Next(3) == 0 ? random.Next(2, 5) : 1;
            bool transposed = random.Next(4) == 0;
            var item = new ConvCase
            {
                Batch = random.Next(1, 3),
                Groups = groups,
                Channels = groups * random.Next(1, 24),
                Outputs = groups * random.Next(1, 40),
                Height = random.Next(1, 14),
                Width = random.Next(1, 14),
                Kernel = new(random.Next(1, 5), random.Next(1, 5)),
                Strides = transposed ? new(1, 1) : new(random.Next(1, 4), random.Next(1, 4)),
                Dilations = new(random.Next(1, 3), random.Next(1, 3)),
                InputDilation = transposed ? new(random.Next(1, 4), random.Next(1, 4)) : new(1, 1),
                Pads = new(random.Next(-1, 4), random.Next(-1, 4), random.Next(-1, 4), random.Next(-1, 4)),
                ChannelsLast = random.Next(2) == 0,
            };
            if (item.OutputHeight > 0 && item.OutputWidth > 0)
            {
                return item;
            }
        }
    }

    public ConvKernel Describe(Random random)
    {
        var input = new Shape(Batch, Channels, Height, Width);
        var output = new Shape(Batch, Outputs, OutputHeight, OutputWidth);
        return new ConvKernel
        {
            Name = "test",
            Inputs = [ChannelsLast ? Nhwc(input) : KernelHarness.RandomView(input, random)],
            Output = ChannelsLast ? Nhwc(output) : KernelHarness.RandomView(output, random),
            Weight = new PanelLayout(
                Groups,
                Kernel.Height * Kernel.Width * (Channels / Groups),
                Outputs / Groups,
                random.Next(2) == 0 ? ElementType.Float16 : ElementType.Float32,
                32),
            Kernel = Kernel,
            Strides = Strides,
            Dilations = Dilations,
            Pads = Pads,
            Groups = Groups,
            InputDilation = InputDilation,
        };
    }

    /// <summary>Output in logical order from input in logical order and weights [group, (row, column, channel), output].</summary>
    public double[] Reference(double[] input, double[] weights)
    {
        int perGroup = Channels / Groups;
        int outputsPerGroup = Outputs / Groups;
        int depth = Kernel.Height * Kernel.Width * perGroup;
        var result = new double[Batch * Outputs * OutputHeight * OutputWidth];
        int index = 0;
        for (int n = 0; n < Batch; n++)
        {
            for (int o = 0; o < Outputs; o++)
            {
                int g = o / outputsPerGroup;
                for (int y = 0; y < OutputHeight; y++)
                {
                    for (int x = 0; x < OutputWidth; x++)
                    {
                        double sum = 0;
                        for (int k = 0; k < depth; k++)
                        {
                            int channel = k % perGroup;
                            int kx = k / perGroup % Kernel.Width;
                            int ky = k / perGroup / Kernel.Width;
                            int iy = (y * Strides.Height) - Pads.Top + (ky * Dilations.Height);
                            int ix = (x * Strides.Width) - Pads.Left + (kx * Dilations.Width);
                            bool present = iy >= 0 && ix >= 0 && iy % InputDilation.Height == 0 && ix % InputDilation.Width == 0
                                && iy / InputDilation.Height < Height && ix / InputDilation.Width < Width;
                            if (present)
                            {
                                int c = (g * perGroup) + channel;
                                int pixel = (iy / InputDilation.Height * Width) + (ix / InputDilation.Width);
                                double weight = weights[(((g * depth) + k) * outputsPerGroup) + (o % outputsPerGroup)];
                                sum += input[(((n * Channels) + c) * Height * Width) + pixel] * weight;
                            }
                        }

                        result[index++] = sum;
                    }
                }
            }
        }

        return result;
    }

    private static TensorView Nhwc(Shape shape) => TensorView
        .Dense(ElementType.Float32, new Shape(shape[0], shape[2], shape[3], shape[1])).Transpose([0, 3, 1, 2]);

    private static int Extent(int size, int inputDilation, int pads, int dilation, int kernel, int stride)
    {
        int spread = ((size - 1) * inputDilation) + 1 + pads - ((kernel - 1) * dilation) - 1;
        return spread < 0 ? 0 : (spread / stride) + 1;
    }
}
