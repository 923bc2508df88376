using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Compute;
using FlashMem.Simulator.Kernels;
using FlashMem.Simulator.Kernels.Patterns;
using FlashMem.Simulator.Specs;
using Xunit;

namespace FlashMem.Tests.Simulator.Kernels;

/// <summary>What a pattern's waves compute, read and write is what the kernel's extents say.</summary>
public sealed class KernelPatternTests
{
    [Theory]
    [InlineData(128, 256, 256)]
    [InlineData(1, 256, 128)]
    [InlineData(64, 64, 512)]
    public void A_product_multiplies_every_pair_once_and_reads_both_sides_whole(int rows, int depth, int columns)
    {
        MatMulKernel kernel = SimulatorKernels.Product(rows, depth, columns);
        var pattern = (ProductPattern)Build(kernel);
        PatternCounts counts = PatternCounts.Of(pattern);
        ProductTiles tiles = pattern.Tiles;

        // Parts of a split reduction are added up besides.
        long joins = (tiles.Split - 1) * (long)rows * columns;
        Assert.Equal(((long)rows * depth * columns) + joins, counts[WaveOp.Fp16]);
        Assert.Equal(rows * columns * 2L, counts[WaveOp.TextureWrite]);
        long perItem = tiles.ItemRows + tiles.ItemColumns;
        Assert.Equal((long)rows * columns / (tiles.ItemRows * tiles.ItemColumns) * (depth / 4) * perItem, counts.Texels);
        long leftBytes = rows * depth * 2L;
        long weightBytes = (long)depth * columns * 2;
        long tiled = counts.Tiles.Count * (long)SimulatorKernels.Target.Tiles.LineBytes;
        Assert.InRange(tiled, leftBytes + weightBytes, (2 * leftBytes) + weightBytes);
    }

    [Fact]
    public void Odd_extents_cost_whole_tiles_and_write_what_there_is()
    {
        MatMulKernel kernel = SimulatorKernels.Product(197, 100, 90);
        PatternCounts counts = PatternCounts.Of(Build(kernel));

        Assert.InRange(counts[WaveOp.Fp16], 197L * 100 * 90, 197L * 100 * 90 * 3 / 2);
        Assert.InRange(counts[WaveOp.TextureWrite], 197L * 90 * 2, 197L * 90 * 2 * 5 / 4);
    }

    [Fact]
    public void Some_panels_are_part_of_the_work()
    {
        MatMulKernel kernel = SimulatorKernels.Product(64, 128, 256);
        PatternCounts all = PatternCounts.Of(Build(kernel));
        PatternCounts half = PatternCounts.Of(KernelPatterns.Create(SimulatorKernels.Target, kernel, new PanelRange(4, 4), 0));

        Assert.Equal(all[WaveOp.TextureWrite], 2 * half[WaveOp.TextureWrite]);
        Assert.Equal(64L * 128 * 128, half[WaveOp.Fp16]);
    }

    [Theory]
    [InlineData(64, 16, 64, 3, 1, 1)]
    [InlineData(64, 16, 32, 1, 1, 1)]
    [InlineData(64, 16, 64, 3, 2, 1)]
    [InlineData(64, 16, 64, 3, 1, 2)]
    public void A_convolution_is_the_product_of_its_windows(int channels, int size, int outputs, int kernel, int stride, int groups)
    {
        ConvKernel conv = SimulatorKernels.Conv(channels, size, outputs, kernel, stride, groups);
        PatternCounts counts = PatternCounts.Of(Build(conv));
        long results = conv.Output.ElementCount;

        Assert.Equal(results * kernel * kernel * channels / groups, counts[WaveOp.Fp16]);
        Assert.Equal(results * 2, counts[WaveOp.TextureWrite]);
    }

    [Fact]
    public void A_transposed_convolution_visits_only_taps_that_meet_an_element()
    {
        ConvKernel conv = SimulatorKernels.Conv(16, 8, 32, 4, 1) with
        {
            Output = SimulatorKernels.Dense(1, 32, 16, 16),
            InputDilation = new Extent2D(2, 2),
        };
        PatternCounts counts = PatternCounts.Of(Build(conv));

        Assert.Equal(conv.Output.ElementCount * 2 * 2 * 16, counts[WaveOp.Fp16]);
    }

    [Fact]
    public void A_depthwise_convolution_visits_its_window_per_channel()
    {
        ConvKernel conv = SimulatorKernels.Conv(32, 32, 32, 3, 1, 32);
        PatternCounts counts = PatternCounts.Of(Build(conv));

        Assert.Equal(conv.Output.ElementCount * 9, counts[WaveOp.Fp16]);
        Assert.Equal(conv.Output.ElementCount * 2, counts[WaveOp.TextureWrite]);
    }

    [Fact]
    public void Attention_computes_scores_and_sums_of_all_pairs()
    {
        PatternCounts counts = PatternCounts.Of(Build(SimulatorKernels.Attention(2, 128, 128, 64)));
        long scores = 2L * 128 * 128;

        Assert.InRange(counts[WaveOp.Fp16], 2 * scores * 64, 2 * scores * 64 * 5 / 4);
        Assert.Equal(scores, counts[WaveOp.Special]);
        Assert.Equal(2L * 128 * 64 * 2, counts[WaveOp.TextureWrite]);
    }

    [Fact]
    public void Streams_read_every_operand_and_write_every_element()
    {
        PatternCounts counts = PatternCounts.Of(Build(SimulatorKernels.Add(10_000)));

        Assert.Equal(2 * 10_000L * 2, counts[WaveOp.BufferRead]);
        Assert.Equal(10_000L * 2, counts[WaveOp.BufferWrite]);
        Assert.Equal(10_000L, counts[WaveOp.Fp16]);
        Assert.InRange(counts.BufferReads.Count, 2 * 10_000 * 2 / 64, (2 * 10_000 * 2 / 64) + 4);
    }

    [Fact]
    public void A_transposing_copy_reads_no_more_than_its_source_but_not_in_order()
    {
        var pattern = Build(SimulatorKernels.Transpose(128, 128));
        PatternCounts counts = PatternCounts.Of(pattern);
        var instruction = new WaveInstruction();
        pattern.Read(0, 0, 0, instruction);

        Assert.InRange(counts.BufferReads.Count, 128 * 128 * 2 / 64, (128 * 128 * 2 / 64) + 1);
        Assert.Equal(128 * 128 * 2 / 64, counts.BufferWrites.Count);
        Assert.True(instruction.LineCount > 64, "neighbours of a column lie in different lines");
    }

    [Theory]
    [InlineData(64, 768)]
    [InlineData(7, 50)]
    [InlineData(300, 12)]
    public void Softmax_passes_three_times_and_a_mean_once(int rows, int inner)
    {
        long vectors = rows * ((inner + 3L) / 4);
        PatternCounts softmax = PatternCounts.Of(Build(SimulatorKernels.Softmax(rows, inner)));
        PatternCounts mean = PatternCounts.Of(Build(SimulatorKernels.Reduce(rows, inner)));

        Assert.Equal(3 * vectors * 8, softmax[WaveOp.BufferRead]);
        Assert.Equal(vectors * 8, softmax[WaveOp.BufferWrite]);
        Assert.Equal(vectors * 8, mean[WaveOp.BufferRead]);
        Assert.Equal(rows * 2L, mean[WaveOp.BufferWrite]);
    }

    [Fact]
    public void Windows_read_a_texel_per_tap()
    {
        PatternCounts pool = PatternCounts.Of(Build(SimulatorKernels.Pool(16, 32)));
        PatternCounts resize = PatternCounts.Of(Build(SimulatorKernels.Resize(16, 16)));

        Assert.Equal(4L * 16 * 16 * 4, pool.Texels);
        Assert.Equal(16L * 16 * 16 * 2, pool[WaveOp.TextureWrite]);
        Assert.Equal(4L * 32 * 32 * 4, resize.Texels);
    }

    [Fact]
    public void Gathers_read_rows_and_scatters_write_data_and_updates()
    {
        PatternCounts gather = PatternCounts.Of(Build(SimulatorKernels.Gather(1000, 64, 32)));
        PatternCounts scatter = PatternCounts.Of(Build(SimulatorKernels.Scatter(4096, 512)));

        Assert.Equal((32L * 64 * 2) + (32L * 64 / 4 * 4), gather[WaveOp.BufferRead]);
        Assert.Equal(32L * 64 * 2, gather[WaveOp.BufferWrite]);
        Assert.Equal((4096L + 512) * 2, scatter[WaveOp.BufferWrite]);
    }

    [Theory]
    [InlineData("oneplus-12")]
    [InlineData("oneplus-11")]
    [InlineData("snapdragon-8-gen-1")]
    [InlineData("mi-6")]
    [InlineData("pixel-8")]
    [InlineData("pixel-4")]
    public void Every_preset_runs_products_whole(string preset)
    {
        PatternTarget target = PatternTarget.Of(SimulatorPresets.Load(preset));
        MatMulKernel kernel = SimulatorKernels.Product(64, 64, 64);
        PatternCounts counts = PatternCounts.Of(KernelPatterns.Create(target, kernel, SimulatorKernels.All(kernel), 0));

        Assert.InRange(counts[WaveOp.Fp16], 64L * 64 * 64, 64L * 64 * 64 * 5 / 4);
        Assert.Equal(64L * 64 * 2, counts[WaveOp.TextureWrite]);
    }

    [Fact]
    public void Kernels_that_carry_nothing_and_foreign_panels_are_refused()
    {
        MatMulKernel product = SimulatorKernels.Product(8, 8, 64);

        Assert.Throws<DeviceException>(() =>
            KernelPatterns.Create(SimulatorKernels.Target, SimulatorKernels.Softmax(8, 8), default, 4096));
        Assert.Throws<DeviceException>(() => KernelPatterns.Create(SimulatorKernels.Target, product, new PanelRange(1, 2), 0));
        Assert.Throws<DeviceException>(() => KernelPatterns.Create(SimulatorKernels.Target, product, default, 0));
    }

    private static KernelPattern Build(KernelDesc kernel) =>
        KernelPatterns.Create(SimulatorKernels.Target, kernel, SimulatorKernels.All(kernel), 0);
}
