using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Storage;

namespace FlashMem.Runtime.Packing;

/// <summary>
/// Weight files packed earlier, one per key, in the <c>weights</c> folder of a cache directory. A file is used only while the model files
/// it was packed from are as they were. Safe for several processes: files appear whole, and the last one packed stays.
/// </summary>
/// <param name="directory">Cache directory; null for <see cref="CacheDirectory.Default"/>.</param>
public sealed class WeightFileCache(string? directory = null)
{
    private readonly string folder = Path.Combine(Path.GetFullPath(directory ?? CacheDirectory.Default), "weights");

    /// <summary>Where the file of a key lies or would lie.</summary>
    public string PathOf(WeightFileKey key) => Path.Combine(folder, key.FileName);

    /// <summary>
    /// Opens the file of a key. Null when there is none or it is of no use: damaged, of another model, or packed from files that have
    /// changed since. The caller owns the result.
    /// </summary>
    public WeightFile? TryOpen(WeightFileKey key)
    {
        string path = PathOf(key);
        if (!File.Exists(path))
        {
            return null;
        }

        WeightFile file;
        try
        {
            file = WeightFile.Open(path);
        }
        catch (RunFailedException)
        {
            // A cache forgets what it cannot read; packing writes it anew.
            return null;
        }

        WeightFileInfo info = file.Info;
        if (info.ModelHash == key.ModelHash && info.TargetChunkBytes == key.TargetChunkBytes && info.Sources.All(IsUnchanged))
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Opens the file of a key, packing it first where need be; <paramref name="graph"/> is asked for only then.</summary>
    public async Task<WeightFile> GetOrPackAsync(
        WeightFileKey key, Func<KernelGraph> graph, PackOptions options, IProgress<PackProgress>? progress,
        CancellationToken cancellationToken)
    {
        if (TryOpen(key) is { } cached)
        {
            return cached;
        }

        KernelGraph kernels = graph();
        if (kernels.ModelHash != key.ModelHash)
        {
            throw new ModelException($"'{key.ModelPath}' changed: its hash was {key.ModelHash} and is {kernels.ModelHash}");
        }

        PackOptions packing = options with { TargetChunkBytes = key.TargetChunkBytes };
        await WeightPacker.PackAsync(kernels, PathOf(key), packing, progress, cancellationToken).ConfigureAwait(false);
        return WeightFile.Open(PathOf(key));
    }

    /// <summary>Deletes the file of a key; false when there was none. Whoever has it open keeps reading it.</summary>
    public bool Delete(WeightFileKey key)
    {
        string path = PathOf(key);
        bool existed = File.Exists(path);
        File.Delete(path);
        return existed;
    }

    private static bool IsUnchanged(SourceIdentity source) =>
        FileIdentities.Of(source.Path) is { } now && now.Bytes == source.Bytes && now.ModifiedNanoseconds == source.ModifiedNanoseconds;
}
