using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Device;
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
            var traits = gpu ? TemplateCases.Gpu(device.Traits) : device.Traits;
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
        var traits = gpu ? TemplateCases.Gpu(device.Traits) : device.Traits;
        var all = new PanelRange(0, 40);
        float[] whole = TemplateCases.Run(device, traits, kernelCase with { PanelsPerChunk = 40 }, [all]);
        Assert.Equal(whole, TemplateCases.Run(device, traits, kernelCase with { PanelsPerChunk = 1 }, [all]));
        Assert.Equal(whole, TemplateCases.Run(device, traits, kernelCase with { PanelsPerChunk = 1 }, [all], new Random(7)));
        Assert.Equal(
            whole,
            TemplateCases.Run(
                device, traits, kernelCase with { PanelsPerChunk = 3 }, [new(0, 7), new(7, 1), new(8, 32)], new Random(8)));
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
