using System.IO.Hashing;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Packing;
using FlashMem.Scheduling.Problem;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Runtime.Packing;

public class WeightPackerTests
{
    [Property(MaxTest = 60)]
    public void Data_is_what_the_reference_packs(int seed)
    {
        using var folder = new PackingFolder();
        var weights = new RandomWeights(seed, folder);
        var random = new Random(seed);
        KernelGraph graph = PackingFolder.Graph([.. Enumerable.Range(0, random.Next(1, 7)).Select(weights.Next)]);
        var options = new PackOptions
        {
            TargetChunkBytes = 4096 << random.Next(5),
            BufferBytes = 4096 << random.Next(7),
            Threads = random.Next(1, 5),
        };

        using WeightFile file = folder.PackAsync(graph, options).GetAwaiter().GetResult();
        byte[] bytes = File.ReadAllBytes(file.Path);

        byte[] expected = PackReference.DataOf(graph, file.Layout);
        Assert.Equal(0, file.DataOffset % 4096);
        Assert.True(bytes.AsSpan((int)file.DataOffset).SequenceEqual(expected), $"seed {seed}");
        CheckChecksums(file, graph, expected);
    }

    [Fact]
    public async Task Two_packs_of_one_graph_are_the_same_bytes()
    {
        using var folder = new PackingFolder();
        var weights = new RandomWeights(7, folder);
        KernelGraph graph = PackingFolder.Graph([.. Enumerable.Range(0, 8).Select(weights.Next)]);

        using WeightFile first = await folder.PackAsync(graph, new PackOptions { Threads = 1 }, "first.flashmem");
        using WeightFile second = await folder.PackAsync(graph, new PackOptions { Threads = 4, BufferBytes = 4096 }, "second.flashmem");

        Assert.Equal(first.ContentHash, second.ContentHash);
        Assert.Equal(File.ReadAllBytes(first.Path), File.ReadAllBytes(second.Path));
    }

    [Fact]
    public async Task The_size_is_announced_before_anything_is_written_and_kept()
    {
        using var folder = new PackingFolder();
        KernelGraph graph = PackingFolder.Graph(new RandomWeights(1, folder).Panels(0), new RandomWeights(2, folder).Rows(1));
        var reports = new List<(PackProgress Progress, int Files)>();
        var progress = new Callback(report => reports.Add((report, folder.Files.Length)));

        await WeightPacker.PackAsync(graph, folder.PathOf("packed"), new PackOptions(), progress, CancellationToken.None);

        long length = new FileInfo(folder.PathOf("packed")).Length;
        Assert.Equal((new PackProgress(0, length, "reserving space"), 1), reports[0]);
        Assert.All(reports, report => Assert.Equal(length, report.Progress.BytesTotal));
        Assert.Equal(reports.Select(report => report.Progress.BytesDone).Order(), reports.Select(report => report.Progress.BytesDone));
        Assert.Equal(length, reports[^1].Progress.BytesDone);
        Assert.InRange(WeightPacker.EstimateBytes(graph, new PackOptions()), length - 8192, length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    public async Task A_cancelled_packing_leaves_nothing(int reportsBefore)
    {
        using var folder = new PackingFolder();
        KernelGraph graph = PackingFolder.Graph([.. Enumerable.Range(0, 4).Select(id => new RandomWeights(id, folder).Panels(id))]);
        using var cancel = new CancellationTokenSource();
        int reports = 0;
        var progress = new Callback(report =>
        {
            if (reports++ == reportsBefore || report.Stage == "flushing to disk")
            {
                cancel.Cancel();
            }
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => WeightPacker.PackAsync(graph, folder.PathOf("packed"), new PackOptions(), progress, cancel.Token));

        Assert.Equal(["model.data"], folder.Files);
    }

    [Fact]
    public async Task What_a_killed_packing_left_is_removed_by_the_next()
    {
        using var folder = new PackingFolder();
        KernelGraph graph = PackingFolder.Graph(new RandomWeights(1, folder).Panels(0));
        File.WriteAllBytes(folder.PathOf("packed.123-abc.packing"), new byte[100]);
        File.WriteAllBytes(folder.PathOf("other.123-abc.packing"), new byte[100]);

        await WeightPacker.PackAsync(graph, folder.PathOf("packed"), new PackOptions(), null, CancellationToken.None);

        Assert.Equal(["model.data", "other.123-abc.packing", "packed"], folder.Files);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(65520f, "65520")]
    [InlineData(-1e30f, "-1E+30")]
    public async Task A_value_that_half_precision_cannot_hold_is_named(float value, string text)
    {
        using var folder = new PackingFolder();
        KernelGraph graph = PackingFolder.Graph(folder.Matrix(ElementType.Float16, 40, 50, (17, value)));

        ModelException error = await Assert.ThrowsAsync<ModelException>(() => folder.PackAsync(graph));

        Assert.Contains("'matrix': element 17 is " + text, error.Message, StringComparison.Ordinal);
        Assert.Equal(["model.data"], folder.Files);
    }

    [Fact]
    public async Task The_largest_half_and_values_that_round_to_it_are_kept()
    {
        using var folder = new PackingFolder();
        KernelGraph graph = PackingFolder.Graph(folder.Matrix(ElementType.Float16, 40, 50, (17, 65519.99f)));

        using WeightFile file = await folder.PackAsync(graph);

        Assert.Contains(Half.MaxValue, MemoryMarshal.Cast<byte, Half>(File.ReadAllBytes(file.Path)).ToArray());
    }

    [Fact]
    public async Task An_unfit_value_in_a_gap_between_wanted_ones_does_not_matter()
    {
        using var folder = new PackingFolder();
        KernelWeight whole = folder.Matrix(ElementType.Float16, 40, 50, (17, float.NaN));
        TensorView left = TensorView.FromStrides(ElementType.Float32, new Shape(1, 40, 10), [0, 50, 1]);
        var layout = new PanelLayout(1, 40, 10, ElementType.Float16, 32);
        KernelWeight part = whole with { Storage = new PanelWeight(layout), Source = whole.Source! with { View = left } };

        using WeightFile file = await folder.PackAsync(PackingFolder.Graph(part));

        Assert.Equal(PackReference.DataOf(PackingFolder.Graph(part), file.Layout), File.ReadAllBytes(file.Path)[(int)file.DataOffset..]);
    }

    [Fact]
    public async Task A_mask_may_hold_minus_infinity()
    {
        using var folder = new PackingFolder();
        byte[] values = MemoryMarshal.AsBytes<float>([0, float.NegativeInfinity, 0]).ToArray();
        WeightRef tensor = folder.AddTensor("mask", ElementType.Float32, new Shape(3), values);
        TensorView view = TensorView.Dense(ElementType.Float32, new Shape(3));
        var mask = new KernelWeight(0, "mask", new LinearWeight(ElementType.Float32, 3), new StoredSource(tensor) { View = view });

        using WeightFile file = await folder.PackAsync(PackingFolder.Graph(mask));

        Assert.Equal(values, File.ReadAllBytes(file.Path)[(int)file.DataOffset..][..12]);
    }

    [Fact]
    public async Task An_integer_beyond_32_bits_is_named()
    {
        using var folder = new PackingFolder();
        WeightRef tensor = folder.AddTensor("ids", ElementType.Int64, new Shape(2), MemoryMarshal.AsBytes<long>([5, 1L << 31]).ToArray());
        TensorView view = TensorView.Dense(ElementType.Int64, new Shape(2));
        var ids = new KernelWeight(0, "ids", new LinearWeight(ElementType.Int32, 2), new StoredSource(tensor) { View = view });

        ModelException error = await Assert.ThrowsAsync<ModelException>(() => folder.PackAsync(PackingFolder.Graph(ids)));

        Assert.Contains("'ids': element 1 is 2147483648, beyond int32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_became_shorter_is_named_with_its_range()
    {
        using var folder = new PackingFolder();
        KernelGraph graph = PackingFolder.Graph(folder.Matrix(ElementType.Float16, 40, 50));
        using (FileStream file = File.OpenWrite(folder.SourceFile))
        {
            file.SetLength(7000);
        }

        ModelException error = await Assert.ThrowsAsync<ModelException>(() => folder.PackAsync(graph));

        Assert.Contains(folder.SourceFile, error.Message, StringComparison.Ordinal);
        Assert.Contains("needs bytes 3 to 8003, the file has 7000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_changes_meanwhile_is_an_error()
    {
        using var folder = new PackingFolder();
        KernelGraph graph = PackingFolder.Graph(folder.Matrix(ElementType.Float16, 40, 50));
        var progress = new Callback(report => File.AppendAllText(folder.SourceFile, "more"));

        ModelException error = await Assert.ThrowsAsync<ModelException>(
            () => WeightPacker.PackAsync(graph, folder.PathOf("packed"), new PackOptions(), progress, CancellationToken.None));

        Assert.Contains("changed while it was packed", error.Message, StringComparison.Ordinal);
        Assert.Equal(["model.data"], folder.Files);
    }

    [Fact]
    public async Task A_missing_source_is_named()
    {
        using var folder = new PackingFolder();
        KernelGraph graph = PackingFolder.Graph(folder.Matrix(ElementType.Float16, 40, 50));
        File.Delete(folder.SourceFile);

        ModelException error = await Assert.ThrowsAsync<ModelException>(() => folder.PackAsync(graph));

        Assert.Contains(folder.SourceFile, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_is_too_small_is_noticed_before_writing()
    {
        using var folder = new PackingFolder();
        KernelWeight matrix = folder.Matrix(ElementType.Float16, 40, 50);
        var huge = new PanelLayout(1, 1 << 24, 1 << 22, ElementType.Float16, 32);
        TensorView view = TensorView.FromStrides(ElementType.Float32, new Shape(1, huge.Depth, huge.Columns), [0, 0, 0]);
        WeightSource source = matrix.Source! with { View = view };
        KernelGraph graph = PackingFolder.Graph(matrix with { Storage = new PanelWeight(huge), Source = source });

        RunFailedException error = await Assert.ThrowsAsync<RunFailedException>(() => folder.PackAsync(graph));

        Assert.Matches(@"needs \d+ bytes, '.*' has \d+ free", error.Message);
        Assert.Equal(["model.data"], folder.Files);
    }

    [Fact]
    public async Task A_view_that_leaves_its_tensor_is_refused()
    {
        using var folder = new PackingFolder();
        KernelWeight matrix = folder.Matrix(ElementType.Float16, 40, 50);
        KernelGraph graph = PackingFolder.Graph(matrix with { Source = matrix.Source! with { View = matrix.Source.View.Shift(1) } });

        ModelException error = await Assert.ThrowsAsync<ModelException>(() => folder.PackAsync(graph));

        Assert.Contains("walks elements 1 to 2000 of a tensor of 2000", error.Message, StringComparison.Ordinal);
    }

    private static void CheckChecksums(WeightFile file, KernelGraph graph, byte[] data)
    {
        foreach (ChunkInfo chunk in file.Layout.Chunks)
        {
            ReadOnlySpan<byte> payload = data.AsSpan((int)chunk.FileOffset, chunk.Bytes);
            Assert.Equal(XxHash3.HashToUInt64(payload), file.ChunkChecksums[chunk.Id]);
        }

        ReadOnlySpan<byte> parameters = data.AsSpan((int)file.Layout.ParametersOffset, (int)file.Layout.ParametersBytes);
        Assert.Equal(XxHash3.HashToUInt64(parameters), file.ParametersChecksum);
        foreach (KernelWeight weight in graph.Weights)
        {
            if (weight.Storage is RowWeight rows)
            {
                long offset = file.Layout.Weights[weight.Id].FileOffset;
                for (long row = 0; row < rows.Rows; row++)
                {
                    ReadOnlySpan<byte> bytes = data.AsSpan((int)(offset + (row * rows.RowBytes)), (int)rows.RowBytes);
                    Assert.Equal(XxHash3.HashToUInt64(bytes), file.RowChecksum(weight.Id, row));
                }
            }
        }
    }

    private sealed class Callback(Action<PackProgress> report) : IProgress<PackProgress>
    {
        public void Report(PackProgress value) => report(value);
    }
}
