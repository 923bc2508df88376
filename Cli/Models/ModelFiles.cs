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
    /// <param name="model">The argument.</param>
    /// <param name="progress">Shows the filling.</param>
    /// <param name="beforeFilling">Called with the graph of a zoo model whose weights are not there yet; throws to refuse it.</param>
    /// <param name="cancellationToken">Stops the filling.</param>
    public static async Task<string> LocateAsync(
        string model, ProgressLine progress, Action<string>? beforeFilling, CancellationToken cancellationToken)
    {
        if (!model.StartsWith(ZooPrefix, StringComparison.Ordinal))
        {
            return File.Exists(model) ? model : throw new ModelException($"model '{model}' does not exist");
        }

        string name = Known(model[ZooPrefix.Length..]);
        string directory = Path.Combine(CacheDirectory.Default, "zoo");
        string graph = ZooModels.WriteGraph(name, directory);
        if (!File.Exists(graph + ".data"))
        {
            beforeFilling?.Invoke(graph);
        }

        return await MakeAsync(name, directory, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The argument names a zoo model, whose weights may have to be filled first.</summary>
    public static bool IsZoo(string model) => model.StartsWith(ZooPrefix, StringComparison.Ordinal);

    /// <summary>Finds the graph alone; a zoo model's weights are not needed.</summary>
    public static string LocateGraph(string model) => model.StartsWith(ZooPrefix, StringComparison.Ordinal)
        ? ZooModels.WriteGraph(Known(model[ZooPrefix.Length..]), Path.Combine(CacheDirectory.Default, "zoo"))
        : File.Exists(model) ? model : throw new ModelException($"model '{model}' does not exist");

    /// <summary>Writes a zoo model's graph and weights to a directory and returns the graph's path.</summary>
    public static async Task<string> MakeAsync(
        string name, string directory, ProgressLine progress, CancellationToken cancellationToken)
    {
        Known(name);
        var report = new Progress<ZooProgress>(p => progress.Report($"filling the weights of {name}", p.BytesDone, p.BytesTotal));
        string path = await ZooModels.MakeAsync(name, directory, report, cancellationToken).ConfigureAwait(false);
        progress.Clear();
        return path;
    }

    private static string Known(string name) => ZooModels.Names.Contains(name)
        ? name
        : throw new ModelException($"there is no zoo model '{name}'; the zoo has: {string.Join(", ", ZooModels.Names)}");
}
