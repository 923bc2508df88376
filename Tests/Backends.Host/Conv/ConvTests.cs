using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Backends.Host.Conv;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.Host.Conv;

public sealed class ConvTests(HostWorkers workers) : IClassFixture<HostWorkers>
{
    [Property(MaxTest = 120)]
    public void RandomConvolutionsMatchTheReference(int seed)
    {
        var random = new Random(seed);
        CheckWeight(ConvCase.Random(random), random);
    }

    [Fact]
    public void FirstLayerOfAPlanarImageMatchesTheReference() =>
        CheckWeight(
        new ConvCase
        {
            Channels = 3, Outputs = 40, Height = 25, Width = 31, Kernel = new(7, 7), Strides = new(2, 2), Pads = new(3, 3, 3, 3),
        },
        new Random(1));

    [Fact]
    public void PatchEmbeddingMatchesTheReference() =>
        CheckWeight(
        new ConvCase { Channels = 3, Outputs = 70, Height = 32, Width = 48, Kernel = new(16, 16), Strides = new(16, 16) },
        new Random(2));

    [Theory]
    [InlineData(64, 64, false)]
    [InlineData(20, 33, true)]
    [InlineData(6, 5, true)]
    public void ThreeByThreeOverChannelsLastMatchesTheReference(int channels, int outputs, bool dilated) => CheckWeight(
        new ConvCase
        {
            Channels = channels, Outputs = outputs, Height = 15, Width = 14, Kernel = new(3, 3), Pads = new(1, 1, 1, 1),
            Dilations = dilated ? new(2, 2) : new(1, 1), ChannelsLast = true,
        },
        new Random(3));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void PointwiseConvolutionMatchesTheReference(int stride) => CheckWeight(
        new ConvCase { Channels = 48, Outputs = 70, Height = 13, Width = 12, Strides = new(stride, stride), ChannelsLast = true },
        new Random(4));

    [Fact]
    public void TransposedConvolutionMatchesTheReference() => CheckWeight(
        new ConvCase
        {
            Channels = 17, Outputs = 9, Height = 6, Width = 7, Kernel = new(4, 3), InputDilation = new(2, 3),
            Pads = new(2, 1, 2, 1), ChannelsLast = true,
        },
        new Random(5));

    [Fact]
    public void CroppingPaddingMatchesTheReference() => CheckWeight(
        new ConvCase { Channels = 18, Outputs = 12, Height = 12, Width = 11, Kernel = new(3, 3), Pads = new(-2, -1, 1, -3) },
        new Random(6));

    [Property(MaxTest = 25)]
    public void SlicesAndWorkersGiveTheSameBits(int seed)
    {
        var random = new Random(seed);
        ConvCase item = ConvCase.Random(random);
        item = item with { Outputs = item.Groups * random.Next(1, 100) };
        ConvKernel desc = item.Describe(random);
        var weight = new PanelWeightData(desc.Weight!, random);
        float[] input = KernelHarness.RandomBuffer(desc.Inputs[0], random);
        IHostKernel kernel = HostConv.Compile(desc);
        float[] whole = KernelHarness.Run(kernel, [input], weight, workers.One, weight.Layout.PanelCount);
        float[] sliced = KernelHarness.Run(
            kernel, [input], weight, workers.Three, random.Next(1, 4), KernelHarness.RandomSlices(weight.Layout, random));
        Assert.Equal(whole, sliced);
    }

    [Property(MaxTest = 60)]
    public void RandomDepthwiseConvolutionsMatchTheReference(int seed)
    {
        var random = new Random(seed);
        ConvCase item = ConvCase.Random(random) with { Groups = random.Next(1, 150), ChannelsLast = random.Next(3) > 0 };
        item = item with { Channels = item.Groups, Outputs = item.Groups * (random.Next(4) == 0 ? 2 : 1) };
        ConvKernel desc = item.Describe(random);
        var table = new PanelWeightData(desc.Weight!, random);
        int taps = desc.Kernel.Height * desc.Kernel.Width;
        var tableView = TensorView.Dense(ElementType.Float32, new Shape(taps, item.Outputs));
        desc = desc with { Weight = null, Inputs = [desc.Inputs[0], tableView] };
        var values = new float[taps * item.Outputs];
        int perGroup = item.Outputs / item.Groups;
        for (int t = 0; t < taps; t++)
        {
            for (int c = 0; c < item.Outputs; c++)
            {
                values[(t * item.Outputs) + c] = (float)table.Values[(((c / perGroup * taps) + t) * perGroup) + (c % perGroup)];
            }
        }

        float[] input = KernelHarness.RandomBuffer(desc.Inputs[0], random);
        float[] output = KernelHarness.Run(HostConv.Compile(desc), [input, values], null, workers.Three);
        double[] expected = item.Reference(KernelHarness.Logical(desc.Inputs[0], input), table.Values);
        KernelHarness.AssertClose(expected, KernelHarness.Logical(desc.Output, output), taps, $"depthwise {item}");
        Assert.Equal(output, KernelHarness.Run(HostConv.Compile(desc), [input, values], null, workers.One));
    }

    [Fact]
    public void EpilogueReadsTheOperandsOfItsPixelAndChannel()
    {
        var random = new Random(8);
        var item = new ConvCase
        {
            Batch = 2, Channels = 20, Outputs = 70, Height = 9, Width = 8, Kernel = new(3, 3), Pads = new(1, 1, 1, 1), ChannelsLast = true,
        };
        ConvKernel desc = item.Describe(random);
        Shape shape = desc.Output.Shape;
        desc = desc with
        {
            Inputs = [desc.Inputs[0], KernelHarness.Broadcast(shape, 1), KernelHarness.RandomView(shape, random)],
            Epilogue = new ElementwiseProgram(3, [
                new(ElementwiseOp.Add, ElementType.Float32, 0, 1),
                new(ElementwiseOp.Add, ElementType.Float32, 3, 2),
                new(ElementwiseOp.Relu, ElementType.Float32, 4)]),
        };
        var weight = new PanelWeightData(desc.Weight!, random);
        float[][] inputs = [.. desc.Inputs.Select(view => KernelHarness.RandomBuffer(view, random))];
        float[] output = KernelHarness.Run(HostConv.Compile(desc), inputs, weight, workers.Three);
        double[] expected = item.Reference(KernelHarness.Logical(desc.Inputs[0], inputs[0]), weight.Values);
        double[] bias = KernelHarness.Logical(desc.Inputs[1], inputs[1]);
        double[] residual = KernelHarness.Logical(desc.Inputs[2], inputs[2]);
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] = Math.Max(0, expected[i] + bias[i] + residual[i]);
        }

        KernelHarness.AssertClose(expected, KernelHarness.Logical(desc.Output, output), 180, "epilogue");
    }

    private void CheckWeight(ConvCase item, Random random)
    {
        ConvKernel desc = item.Describe(random);
        var weight = new PanelWeightData(desc.Weight!, random);
        float[] input = KernelHarness.RandomBuffer(desc.Inputs[0], random);
        float[] output = KernelHarness.Run(HostConv.Compile(desc), [input], weight, workers.Three, 2);
        double[] expected = item.Reference(KernelHarness.Logical(desc.Inputs[0], input), weight.Values);
        KernelHarness.AssertClose(expected, KernelHarness.Logical(desc.Output, output), weight.Layout.Depth, item.ToString());
    }
}
