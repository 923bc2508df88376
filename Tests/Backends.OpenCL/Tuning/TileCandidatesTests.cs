using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Tuning;
using FlashMem.Tests.Backends.OpenCL.Dense;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Conformance.Cases;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Tuning;

/// <summary>Whatever the tuner may pick computes what the reference does, on kernels with edges in all directions.</summary>
public sealed class TileCandidatesTests(OpenClFixture fixture) : IClassFixture<OpenClFixture>
{
    private const int Depth = 275;
    private const int Columns = 150;

    public static TheoryData<string, bool> Kernels
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (string name in Cases.Keys)
            {
                data.Add(name, false);
                data.Add(name, true);
            }

            return data;
        }
    }

    private static Dictionary<string, Func<int, KernelCase>> Cases { get; } = new()
    {
        ["many rows"] = interleave => Product(rows: 139, interleave),
        ["few rows"] = interleave => Product(rows: 5, interleave),
        ["activations"] = _ => Activations(),
        ["windows"] = Windows,
        ["depthwise"] = _ => Depthwise(),
        ["attention"] = _ => Attention(),
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Every_candidate_is_correct(string name, bool gpu)
    {
        var device = (OpenClDevice)fixture.Device;
        ClTraits traits = gpu ? TemplateCases.Gpu(device.Traits) : device.Traits;
        KernelCase kernelCase = Cases[name](gpu ? 4 : 1);
        TileProblem problem = ProblemOf(kernelCase.Desc, traits);
        Assert.True(problem.Candidates.Length > 1, $"nothing to choose for '{problem.Signature}'");
        foreach (KernelTiles tiles in problem.Candidates)
        {
            IClKernel kernel = ClKernels.Compile(kernelCase.Desc, traits, tiles);
            TemplateCases.Check(device, kernel, kernelCase, $"{problem.Signature}: {tiles.Text}");
        }
    }

    /// <summary>Documentation says that tuning changes no bit there.</summary>
    [Theory]
    [InlineData("many rows")]
    [InlineData("activations")]
    [InlineData("windows")]
    [InlineData("depthwise")]
    [InlineData("attention")]
    public void On_processors_all_candidates_give_the_same_bits(string name)
    {
        var device = (OpenClDevice)fixture.Device;
        Assert.SkipUnless(device.Traits.Cpu, "the device is no processor");
        KernelCase kernelCase = Cases[name](1);
        TileProblem problem = ProblemOf(kernelCase.Desc, device.Traits);
        float[][] results = [.. problem.Candidates.Select(tiles => TemplateCases.Run(
            device, ClKernels.Compile(kernelCase.Desc, device.Traits, tiles), kernelCase, kernelCase.Slices))];

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    /// <summary>Streamed and resident runs, and kernels with and without moves, choose alike: the signature says nothing of them.</summary>
    [Fact]
    public void Kernels_that_carry_moves_have_the_same_candidates()
    {
        var device = (OpenClDevice)fixture.Device;
        ClTraits traits = TemplateCases.Gpu(device.Traits);
        KernelDesc desc = Product(rows: 139, 4).Desc;
        TileProblem plain = ProblemOf(desc, traits);
        TileProblem carrying = ProblemOf(desc, traits with { CarriedWeights = ElementType.Float16 });

        Assert.Equal(plain.Signature, carrying.Signature);
        Assert.Equal<KernelTiles>(plain.Candidates, carrying.Candidates);
    }

    private static TileProblem ProblemOf(KernelDesc desc, ClTraits traits) => ClKernels.Compile(desc, traits).Tiles!.Problem();

    private static KernelCase Product(int rows, int interleave)
    {
        var layout = new PanelLayout(1, Depth, Columns, ElementType.Float16, 32, interleave);
        var builder = new CaseBuilder(new Random(rows));
        builder.Add(TensorView.Dense(ElementType.Float32, new Shape(1, rows, Depth)));
        return Case(builder, layout, new MatMulKernel
        {
            Name = "matmul",
            Inputs = builder.Views,
            Output = TensorView.Dense(ElementType.Float32, new Shape(1, rows, Columns)),
            Weight = layout,
        });
    }

    private static KernelCase Activations()
    {
        var builder = new CaseBuilder(new Random(2));
        builder.Add(TensorView.Dense(ElementType.Float32, new Shape(2, 139, Depth)));
        builder.Add(TensorView.FromStrides(ElementType.Float32, new Shape(2, Depth, Columns), [Depth * Columns, 1, Depth]));
        return Case(builder, null, new MatMulKernel
        {
            Name = "matmul",
            Inputs = builder.Views,
            Output = TensorView.Dense(ElementType.Float32, new Shape(2, 139, Columns)),
        });
    }

    private static KernelCase Windows(int interleave)
    {
        const int channels = 32;
        var layout = new PanelLayout(1, 9 * channels, Columns, ElementType.Float16, 32, interleave);
        var builder = new CaseBuilder(new Random(3));
        builder.Add(ChannelsLast(channels));
        return Case(builder, layout, new ConvKernel
        {
            Name = "conv",
            Inputs = builder.Views,
            Output = TensorView.Dense(ElementType.Float32, new Shape(1, Columns, 11, 13)),
            Weight = layout,
            Kernel = new Extent2D(3, 3),
            Strides = new Extent2D(1, 1),
            Dilations = new Extent2D(1, 1),
            Pads = new Padding2D(1, 1, 1, 1),
            Groups = 1,
        });
    }

    private static KernelCase Depthwise()
    {
        const int channels = 48;
        var builder = new CaseBuilder(new Random(4));
        builder.Add(ChannelsLast(channels));
        builder.Add(TensorView.Dense(ElementType.Float32, new Shape(9, channels)));
        return Case(builder, null, new ConvKernel
        {
            Name = "depthwise",
            Inputs = builder.Views,
            Output = ChannelsLast(channels),
            Kernel = new Extent2D(3, 3),
            Strides = new Extent2D(1, 1),
            Dilations = new Extent2D(1, 1),
            Pads = new Padding2D(1, 1, 1, 1),
            Groups = channels,
        });
    }

    private static KernelCase Attention()
    {
        var builder = new CaseBuilder(new Random(5));
        builder.Add(Heads(75));
        builder.Add(Heads(70));
        builder.Add(Heads(70));
        return Case(builder, null, new AttentionKernel { Name = "attention", Inputs = builder.Views, Output = Heads(75), Scale = 0.3f });

        static TensorView Heads(int tokens) => TensorView.Dense(ElementType.Float32, new Shape(1, 2, tokens, 40));
    }

    private static TensorView ChannelsLast(int channels) => TensorView.FromStrides(
        ElementType.Float32, new Shape(1, channels, 11, 13), [11 * 13 * channels, 1, 13 * channels, channels]);

    private static KernelCase Case(CaseBuilder builder, PanelLayout? layout, KernelDesc desc)
    {
        ImmutableArray<PanelRange> slices = layout is null ? [default] : [new(0, 3), new(3, 2)];
        return new KernelCase
        {
            Desc = desc,
            Inputs = builder.Buffers,
            Weight = layout is null ? null : new PanelWeightData(layout, new Random(1)),
            Slices = slices,
            PanelsPerChunk = 2,
            Tolerance = 2e-4,
        };
    }
}
