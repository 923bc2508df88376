using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Rendering;
using FlashMem.Graph.Zoo;
using FlashMem.Runtime.Packing;

namespace FlashMem.Cli.Models;

/// <summary>Turns a model argument (a path, or zoo:NAME) into the path of a model file.</summary>
internal static class ModelFiles
{
    private const string ZooPrefix = "zoo:";

    /// <summary>Finds the file; a zoo model is written and its weights filled in the cache first, with progress.</summary>
    public static async Task<string> LocateAsync(string model, ProgressLine progress, CancellationToken cancellationToken)
    {
        if (!model.StartsWith(ZooPrefix, StringComparison.Ordinal))
        {
            return File.Exists(model) ? model : throw new ModelException($"model '{model}' does not exist");
        }

        string name = model[ZooPrefix.Length..];
        string directory = Path.Combine(CacheDirectory.Default, "zoo");
        return await MakeAsync(name, directory, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a zoo model's graph and weights to a directory and returns the graph's path.</summary>
    public static async Task<string> MakeAsync(
        string name, string directory, ProgressLine progress, CancellationToken cancellationToken)
    {
        if (!ZooModels.Names.Contains(name))
        {
            throw new ModelException($"there is no zoo model '{name}'; the zoo has: {string.Join(", ", ZooModels.Names)}");
        }

        var report = new Progress<ZooProgress>(p => progress.Report($"filling the weights of {name}", p.BytesDone, p.BytesTotal));
        string path = await ZooModels.MakeAsync(name, directory, report, cancellationToken).ConfigureAwait(false);
        progress.Clear();
        return path;
    }
}
