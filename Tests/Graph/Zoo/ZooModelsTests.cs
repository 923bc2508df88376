using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Zoo;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Graph.Zoo;

public class ZooModelsTests
{
    private const string Name = "resnet50";

    [Fact]
    public async Task Weights_are_made_once_used_again_and_made_anew_when_they_changed()
    {
        using var folder = new TemporaryFolder();
        var progress = new Progress();
        string path = await ZooModels.MakeAsync(Name, folder.Path, progress, CancellationToken.None);
        ModelGraph graph = OnnxModelReader.Read(path);
        CheckWeights(graph);
        long bytes = new FileInfo(path + ".data").Length;
        Assert.Equal(new ZooProgress(bytes, bytes), progress.Last);
        Assert.Equal(["resnet50.onnx", "resnet50.onnx.data", "resnet50.onnx.data.json"], Files(folder));

        // Unchanged: nothing is written or read.
        progress.Last = default;
        await ZooModels.MakeAsync(Name, folder.Path, progress, CancellationToken.None);
        Assert.Equal(default, progress.Last);

        // Touched but equal: the content is checked and trusted again.
        File.SetLastWriteTimeUtc(path + ".data", new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await ZooModels.MakeAsync(Name, folder.Path, progress, CancellationToken.None);
        Assert.Equal(2020, File.GetLastWriteTimeUtc(path + ".data").Year);

        // Changed behind an unchanged time: found when asked to verify.
        using (FileStream data = File.OpenWrite(path + ".data"))
        {
            data.Position = bytes / 2;
            data.WriteByte(0xFF);
            data.WriteByte(0xFF);
        }

        File.SetLastWriteTimeUtc(path + ".data", new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await ZooModels.MakeAsync(Name, folder.Path, progress, CancellationToken.None, verify: true);
        Assert.NotEqual(2020, File.GetLastWriteTimeUtc(path + ".data").Year);
        CheckWeights(graph);
    }

    [Fact]
    public async Task An_interrupted_fill_leaves_nothing_to_trust()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        var progress = new Progress { OnReport = cancellation.Cancel };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ZooModels.MakeAsync(Name, folder.Path, progress, cancellation.Token));
        Assert.Equal(["resnet50.onnx"], Files(folder));
    }

    [Fact]
    public async Task An_unknown_name_and_a_folder_that_cannot_be_made_are_errors()
    {
        using var folder = new TemporaryFolder();
        await Assert.ThrowsAsync<UsageException>(() => ZooModels.MakeAsync("vgg16", folder.Path, null, CancellationToken.None));
        string file = folder.Write("file", [1]);
        await Assert.ThrowsAsync<RunFailedException>(() => ZooModels.MakeAsync(Name, file, null, CancellationToken.None));
    }

    [Property(MaxTest = 50)]
    public void Any_range_of_the_data_file_has_the_bytes_of_the_whole(ushort start, ushort length)
    {
        ZooTensor[] tensors =
        [
            Tensor("a.bias", ElementType.Float32, 64, [100]),
            Tensor("b", ElementType.Bool, 1024, [1, 1, 50, 50]),
            Tensor("c.weight", ElementType.Float32, 3526, [33, 17]),
            Tensor("d.weight", ElementType.Float32, 8192, [33, 17, 3, 3]),
        ];
        var writer = new ZooDataWriter(tensors);
        var whole = new byte[writer.Length];
        writer.Fill(0, whole);
        int from = start % whole.Length;
        var part = new byte[Math.Min(length, whole.Length - from)];
        writer.Fill(from, part);
        Assert.True(whole.AsSpan(from, part.Length).SequenceEqual(part));
    }

    private static ZooTensor Tensor(string name, ElementType type, long offset, long[] dims)
    {
        var shape = new Shape(dims);
        int size = type.SizeInBytes();
        return new ZooTensor(offset, shape.ElementCount * size, size, new FillRule(name, type, shape));
    }

    private static void CheckWeights(ModelGraph graph)
    {
        using var file = new FileWeightReader();
        var rule = new ZooWeightReader();
        foreach (WeightRef weight in graph.Weights.Values.OrderBy(weight => weight.Offset))
        {
            var stored = new byte[weight.Length];
            var expected = new byte[weight.Length];
            file.Read(weight, 0, stored);
            rule.Read(weight, 0, expected);
            Assert.True(stored.AsSpan().SequenceEqual(expected), weight.Name);
        }
    }

    private static IEnumerable<string> Files(TemporaryFolder folder) =>
        Directory.GetFiles(folder.Path).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    private sealed class Progress : IProgress<ZooProgress>
    {
        public ZooProgress Last { get; set; }

        public Action? OnReport { get; init; }

        public void Report(ZooProgress value)
        {
            Last = value;
            OnReport?.Invoke();
        }
    }
}
