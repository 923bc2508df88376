using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.MatMul;
using FlashMem.Backends.OpenCL.Panels;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Dense;

/// <summary>Launches and sources without a driver.</summary>
public sealed class DenseTextTests
{
    private static readonly PanelLayout Layout = new(1, 64, 40 * 32, ElementType.Float16, 32, 4);

    private static readonly ClTraits Traits = new()
    {
        WeightImages = true,
        Cpu = false,
        ComputeUnits = 132,
        MaxWorkGroup = 1024,
        LocalBytes = 48 << 10,
        TextureBlockBytes = 1 << 20,
    };

    [Fact]
    public void Equal_layers_share_one_program()
    {
        IClKernel first = ClMatMul.Compile(Layer("first"), Traits);
        IClKernel second = ClMatMul.Compile(Layer("second"), Traits);
        Assert.Equal(first.Functions[0].Source, second.Functions[0].Source);
    }

    [Fact]
    public void Evenly_spaced_chunks_are_one_run()
    {
        using var memory = TestMemory.Of(new float[16]);
        ImmutableArray<WeightRun> runs = Runs(memory, [8192, 4096, 0]);
        WeightRun run = Assert.Single(runs);
        Assert.Equal(new PanelRange(4, 6), run.Panels);
        Assert.Equal(8192, run.Start.Offset);
        Assert.Equal(-512, run.Stride);
        Assert.All(run.Bases, texels => Assert.Equal(0, texels));
    }

    [Fact]
    public void Scattered_chunks_are_listed_from_the_lowest()
    {
        using var memory = TestMemory.Of(new float[16]);
        WeightRun run = Assert.Single(Runs(memory, [8192, 0, 20480]));
        Assert.Equal(0, run.Start.Offset);
        Assert.Equal(0, run.Stride);
        Assert.Equal([1024, 0, 2560], run.Bases.Take(3));
    }

    [Fact]
    public void Texture_blocks_part_runs()
    {
        using var memory = TestMemory.Of(new float[16]);
        ImmutableArray<WeightRun> runs = Runs(memory, [(1 << 20) - 4096, 1 << 20, (1 << 20) + 4096]);
        Assert.Equal([new PanelRange(4, 2), new PanelRange(6, 4)], runs.Select(run => run.Panels));
    }

    [Fact]
    public void Offsets_beyond_two_gigabytes_fit()
    {
        using var memory = TestMemory.Of(new float[16]);
        ClTraits traits = Traits with { TextureBlockBytes = 1L << 40 };
        WeightRun run = Assert.Single(Runs(memory, [24L << 30, 0, 4096], traits));
        Assert.Equal(3221225472u, unchecked((uint)run.Bases[0]));
    }

    [Theory]
    [InlineData(64, 16 << 10)]
    [InlineData(128, 32 << 10)]
    [InlineData(256, 32 << 10)]
    public void Small_devices_get_tiles_that_fit(int maxWorkGroup, int localBytes)
    {
        ClTraits traits = Traits with { ComputeUnits = 2, MaxWorkGroup = maxWorkGroup, LocalBytes = localBytes };
        foreach (int rows in new[] { 1, 9, 30, 100, 1000 })
        {
            var shape = new ProductShape(1, rows, 512, 4096, Layout with { Depth = 512, Columns = 4096 });
            ProductTiles tiles = MatMulTiles.Choose(shape, traits);
            (_, ClRange local) = tiles.Launch(shape, shape.Panels);
            Assert.InRange(local.X, 1, maxWorkGroup);
            Assert.True(tiles is not LocalTiles { LocalBytes: var bytes } || bytes <= localBytes, tiles.ToString());
        }
    }

    private static ImmutableArray<WeightRun> Runs(IDeviceMemory memory, long[] offsets, ClTraits? traits = null)
    {
        var command = new DispatchCommand
        {
            Kernel = ClMatMul.Compile(Layer("matmul"), Traits),
            Inputs = [],
            Output = new MemoryRange(memory, 0, 64),
            Panels = new PanelRange(4, 2 * offsets.Length),
            PanelsPerChunk = 2,
            WeightChunks = [.. offsets.Select(offset => new MemoryRange(memory, offset, 4096))],
        };
        return WeightRun.Of(command, Layout, traits ?? Traits);
    }

    private static MatMulKernel Layer(string name) => new()
    {
        Name = name,
        Inputs = [TensorView.Dense(ElementType.Float32, new Shape(1, 20, 64))],
        Output = TensorView.Dense(ElementType.Float32, new Shape(1, 20, 40 * 32)),
        Weight = Layout,
    };
}
