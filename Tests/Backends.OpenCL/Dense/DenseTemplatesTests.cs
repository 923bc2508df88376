using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.MatMul;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Conformance.Cases;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Dense;

/// <summary>The matrix families' GPU templates and both weight layouts, on whatever driver is here.</summary>
public sealed class DenseTemplatesTests(OpenClFixture fixture) : IClassFixture<OpenClFixture>
{
    private const int Cases = 12;

    [Theory]
    [InlineData(KernelFamily.MatMul)]
    [InlineData(KernelFamily.Conv)]
    [InlineData(KernelFamily.Attention)]
    public void The_gpu_template_computes_what_the_reference_does(KernelFamily family)
    {
        var device = (OpenClDevice)fixture.Device;
        for (int seed = 0; seed < Cases; seed++)
        {
            KernelCase kernelCase = RandomCases.Create(family, new Random(500 + seed));
            TemplateCases.Check(device, TemplateCases.Gpu(device.Traits), Interleaved(kernelCase, 4), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 1)]
    public void Both_weight_layouts_are_read(bool gpu, int interleave)
    {
        var device = (OpenClDevice)fixture.Device;
        for (int seed = 0; seed < Cases; seed++)
        {
            KernelCase kernelCase = RandomCases.Create(seed % 2 == 0 ? KernelFamily.MatMul : KernelFamily.Conv, new Random(900 + seed));
            ClTraits traits = gpu ? TemplateCases.Gpu(device.Traits) : device.Traits;
            TemplateCases.Check(device, traits, Interleaved(kernelCase, interleave), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 4)]
    [InlineData(true, 40)]
    public void Slices_and_chunk_order_do_not_change_a_bit(bool gpu, int rows)
    {
        var device = (OpenClDevice)fixture.Device;
        var layout = new PanelLayout(1, 70, 40 * 32, ElementType.Float16, 32, 4);
        var random = new Random(3);
        var builder = new CaseBuilder(random);
        builder.Add(TensorView.Dense(ElementType.Float32, new Shape(1, rows, 70)));
        var kernelCase = new KernelCase
        {
            Desc = new MatMulKernel
            {
                Name = "matmul",
                Inputs = builder.Views,
                Output = TensorView.Dense(ElementType.Float32, new Shape(1, rows, 40 * 32)),
                Weight = layout,
            },
            Inputs = builder.Buffers,
            Weight = new PanelWeightData(layout, random),
        };
        ClTraits traits = gpu ? TemplateCases.Gpu(device.Traits) : device.Traits;
        var all = new PanelRange(0, 40);
        float[] whole = TemplateCases.Run(device, traits, kernelCase with { PanelsPerChunk = 40 }, [all]);
        Assert.Equal(whole, TemplateCases.Run(device, traits, kernelCase with { PanelsPerChunk = 1 }, [all]));
        Assert.Equal(whole, TemplateCases.Run(device, traits, kernelCase with { PanelsPerChunk = 1 }, [all], new Random(7)));
        Assert.Equal(
            whole,
            TemplateCases.Run(
                device, traits, kernelCase with { PanelsPerChunk = 3 }, [new(0, 7), new(7, 1), new(8, 32)], new Random(8)));
    }

    /// <summary>Every way of cutting a product in the GPU's table, with edges in all directions.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_tile_shape_computes_the_same_product(bool streamed)
    {
        var device = (OpenClDevice)fixture.Device;
        foreach (LocalTiles tiles in MatMulTiles.Local)
        {
            var random = new Random(11);
            var builder = new CaseBuilder(random);
            var output = new Shape(streamed ? 1 : 2, 139, 150);
            builder.Add(TensorView.Dense(ElementType.Float32, new Shape(output[0], 139, 53)));
            PanelLayout? layout = streamed ? new PanelLayout(1, 53, 150, ElementType.Float16, 32, 4) : null;
            if (!streamed)
            {
                builder.Add(TensorView.FromStrides(ElementType.Float32, new Shape(2, 53, 150), [53 * 150, 1, 53]));
            }

            var kernelCase = new KernelCase
            {
                Desc = new MatMulKernel
                {
                    Name = "matmul",
                    Inputs = builder.Views,
                    Output = TensorView.Dense(ElementType.Float32, output),
                    Weight = layout,
                },
                Inputs = builder.Buffers,
                Weight = layout is null ? null : new PanelWeightData(layout, random),
                Slices = streamed ? [new(0, 3), new(3, 2)] : [default],
                PanelsPerChunk = 2,
                Tolerance = 1e-4,
            };
            IClKernel kernel = ClMatMul.Compile((MatMulKernel)kernelCase.Desc, TemplateCases.Gpu(device.Traits), tiles);
            TemplateCases.Check(device, kernel, kernelCase, tiles.ToString());
        }
    }

    /// <summary>Convolutions beyond the conformance suite's: spread-out inputs, dilated kernels, cropping pads, several images.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Windows_may_be_dilated_cropped_and_spread(bool gpu)
    {
        var device = (OpenClDevice)fixture.Device;
        ClTraits traits = gpu ? TemplateCases.Gpu(device.Traits) : device.Traits;
        foreach (int channels in new[] { 3, 8, 32 })
        {
            Check(channels, spread: 2, dilation: 1, new Padding2D(1, 1, 1, 1));
            Check(channels, spread: 1, dilation: 2, new Padding2D(2, 1, 2, 1));
            Check(channels, spread: 1, dilation: 1, new Padding2D(-1, -2, -1, 0));
        }

        void Check(int channels, int spread, int dilation, Padding2D pads)
        {
            var random = new Random(channels);
            var builder = new CaseBuilder(random);
            var x = new Shape(2, channels, 7, 8);
            builder.Add(TensorView.FromStrides(ElementType.Float32, x, [7 * 8 * channels, 1, 8 * channels, channels]));
            long height = ((x[2] - 1) * spread) + 1 + pads.Top + pads.Bottom - (2 * dilation);
            long width = ((x[3] - 1) * spread) + 1 + pads.Left + pads.Right - (2 * dilation);
            var layout = new PanelLayout(1, 9 * channels, 20, ElementType.Float16, 32, 4);
            var kernelCase = new KernelCase
            {
                Desc = new ConvKernel
                {
                    Name = "conv",
                    Inputs = builder.Views,
                    Output = TensorView.Dense(ElementType.Float32, new Shape(2, 20, height, width)),
                    Weight = layout,
                    Kernel = new Extent2D(3, 3),
                    Strides = new Extent2D(1, 1),
                    Dilations = new Extent2D(dilation, dilation),
                    Pads = pads,
                    Groups = 1,
                    InputDilation = new Extent2D(spread, spread),
                },
                Inputs = builder.Buffers,
                Weight = new PanelWeightData(layout, random),
                Slices = [new(0, 1)],
                Tolerance = 1e-4,
            };
            TemplateCases.Check(device, traits, kernelCase, $"{channels} channels, spread {spread}, dilation {dilation}, {pads}");
        }
    }

    /// <summary>
    /// Heads that go through local memory in several tiles, the last of them partly behind the head's end, where the next head lies.
    /// </summary>
    [Theory]
    [InlineData(160, 160, 32 << 10)]
    [InlineData(160, 160, 256 << 10)]
    [InlineData(132, 130, 32 << 10)]
    [InlineData(132, 130, 256 << 10)]
    [InlineData(135, 33, 256 << 10)]
    [InlineData(44, 40, 8 << 10)]
    public void Attention_heads_may_be_wider_than_a_tile(int width, int outputs, int localBytes)
    {
        var device = (OpenClDevice)fixture.Device;
        var builder = new CaseBuilder(new Random(width));
        builder.Add(Heads(37, width));
        builder.Add(Heads(70, width));
        builder.Add(Heads(70, outputs));
        var kernelCase = new KernelCase
        {
            Desc = new AttentionKernel
            {
                Name = "attention",
                Inputs = builder.Views,
                Output = Heads(37, outputs),
                Scale = 0.3f,
            },
            Inputs = builder.Buffers,
            Tolerance = 1e-4,
        };
        ClTraits traits = TemplateCases.Gpu(device.Traits) with { LocalBytes = localBytes };
        TemplateCases.Check(device, traits, kernelCase, $"heads of {width} and {outputs} in {localBytes} bytes");

        // Two heads side by side, as projections leave them.
        static TensorView Heads(int tokens, int width) =>
            TensorView.FromStrides(ElementType.Float32, new Shape(1, 2, tokens, width), [2 * width * tokens, width, 2 * width, 1]);
    }

    // The same kernel with its weight in another layout.
    private static KernelCase Interleaved(KernelCase kernelCase, int interleave)
    {
        if (kernelCase.Weight is not { } weight)
        {
            return kernelCase;
        }

        PanelLayout layout = weight.Layout with { DepthInterleave = interleave };
        KernelDesc desc = kernelCase.Desc switch
        {
            MatMulKernel matMul => matMul with { Weight = layout },
            ConvKernel conv => conv with { Weight = layout },
            _ => throw new ArgumentException(kernelCase.Desc.Name, nameof(kernelCase)),
        };
        return kernelCase with { Desc = desc, Weight = new PanelWeightData(layout, new Random(1)) };
    }
}
