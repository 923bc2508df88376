using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Packing;
using Xunit;

namespace FlashMem.Tests.Runtime.Packing;

public class WeightFileCacheTests
{
    [Fact]
    public async Task A_model_is_packed_once()
    {
        using var folder = new PackingFolder();
        var cache = new WeightFileCache(folder.PathOf("cache"));
        WeightFileKey key = KeyOf(folder);
        Assert.Null(cache.TryOpen(key));

        using WeightFile packed = await GetAsync(cache, key, () => SomeGraph(folder));
        using WeightFile again = await GetAsync(cache, key, () => throw new InvalidOperationException("asked for the graph again"));

        Assert.Equal(cache.PathOf(key), packed.Path);
        Assert.Equal(packed.ContentHash, again.ContentHash);
        Assert.Equal(packed.Identity, again.Identity);
    }

    [Fact]
    public async Task A_changed_source_makes_the_file_useless()
    {
        using var folder = new PackingFolder();
        var cache = new WeightFileCache(folder.PathOf("cache"));
        WeightFileKey key = KeyOf(folder);
        (await GetAsync(cache, key, () => SomeGraph(folder))).Dispose();

        File.SetLastWriteTimeUtc(folder.SourceFile, File.GetLastWriteTimeUtc(folder.SourceFile).AddSeconds(1));

        Assert.Null(cache.TryOpen(key));
    }

    [Fact]
    public async Task A_damaged_file_is_packed_anew()
    {
        using var folder = new PackingFolder();
        var cache = new WeightFileCache(folder.PathOf("cache"));
        WeightFileKey key = KeyOf(folder);
        KernelGraph graph = SomeGraph(folder);
        (await GetAsync(cache, key, () => graph)).Dispose();
        File.WriteAllText(cache.PathOf(key), "nonsense");

        Assert.Null(cache.TryOpen(key));
        using WeightFile file = await GetAsync(cache, key, () => graph);

        Assert.Equal(graph.ModelHash, file.Info.ModelHash);
    }

    [Fact]
    public async Task Delete_removes_it()
    {
        using var folder = new PackingFolder();
        var cache = new WeightFileCache(folder.PathOf("cache"));
        WeightFileKey key = KeyOf(folder);
        (await GetAsync(cache, key, () => SomeGraph(folder))).Dispose();

        Assert.True(cache.Delete(key));
        Assert.False(cache.Delete(key));
        Assert.Null(cache.TryOpen(key));
    }

    [Fact]
    public async Task A_graph_of_another_model_is_refused()
    {
        using var folder = new PackingFolder();
        var cache = new WeightFileCache(folder.PathOf("cache"));

        await Assert.ThrowsAsync<ModelException>(
            () => GetAsync(cache, KeyOf(folder), () => SomeGraph(folder) with { ModelHash = "other" }));
    }

    [Fact]
    public void Every_part_of_the_key_matters()
    {
        using var folder = new PackingFolder();
        WeightFileKey key = KeyOf(folder);
        WeightFileKey[] keys =
        [
            key,
            key with { ModelHash = "other" },
            key with { ModelPath = folder.PathOf("elsewhere/model.onnx") },
            key with { WeightType = ElementType.Float32 },
            key with { PanelWidth = 16 },
            key with { DepthInterleave = 4 },
            key with { TargetChunkBytes = 4096 },
        ];

        Assert.Equal(keys.Length, keys.Select(each => each.FileName).Distinct().Count());
        Assert.StartsWith("model-", key.FileName, StringComparison.Ordinal);
        Assert.EndsWith(".flashmem", key.FileName, StringComparison.Ordinal);
    }

    private static Task<WeightFile> GetAsync(WeightFileCache cache, WeightFileKey key, Func<KernelGraph> graph) =>
        cache.GetOrPackAsync(key, graph, new PackOptions(), null, CancellationToken.None);

    private static KernelGraph SomeGraph(PackingFolder folder) => PackingFolder.Graph(folder.Matrix(ElementType.Float16, 40, 50));

    private static WeightFileKey KeyOf(PackingFolder folder) =>
        new() { ModelPath = folder.PathOf("model.onnx"), ModelHash = PackingFolder.Graph().ModelHash };
}
