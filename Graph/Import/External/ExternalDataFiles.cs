using FlashMem.Abstractions.Errors;

namespace FlashMem.Graph.Import.External;

/// <summary>
/// Resolves and checks the external data files of one model. A data file must be an ordinary file below the model's folder, reached
/// without symbolic links, and have one name only, so that a hostile model cannot make the importer read other files.
/// </summary>
internal sealed class ExternalDataFiles(string model, string folder, bool requireFiles)
{
    private readonly Dictionary<string, DataFile> files = new(StringComparer.Ordinal);

    /// <summary>Full path and size of the file that a location names. Size is null when the file is absent and need not exist.</summary>
    public (string Path, long? Bytes) Resolve(string tensor, string location)
    {
        if (!files.TryGetValue(location, out DataFile? file))
        {
            file = Check(tensor, location);
            files.Add(location, file);
        }

        return (file.Path, file.Bytes);
    }

    private DataFile Check(string tensor, string location)
    {
        string[] parts = Split(tensor, location);
        string path = folder;
        for (int i = 0; i < parts.Length; i++)
        {
            path = Path.Combine(path, parts[i]);
            var info = new FileInfo(path);
            bool isLink = info.LinkTarget is not null;
            bool last = i == parts.Length - 1;
            if (isLink)
            {
                throw Error(tensor, location, $"'{parts[i]}' is a symbolic link");
            }

            if (!info.Exists && !Directory.Exists(path))
            {
                return requireFiles
                    ? throw new ModelException($"{model}: external data file '{path}' of tensor '{tensor}' does not exist")
                    : new DataFile(Path.Combine([folder, .. parts]), null);
            }

            if (last)
            {
                return new DataFile(path, CheckFile(tensor, location, path));
            }
        }

        throw Error(tensor, location, "it is empty");
    }

    private long CheckFile(string tensor, string location, string path)
    {
        FileIdentity identity = FileIdentity.Of(path, follow: false);
        if (!identity.IsRegular)
        {
            throw Error(tensor, location, "it is not an ordinary file");
        }

        if (identity.LinkCount > 1)
        {
            throw Error(tensor, location, $"the file has {identity.LinkCount} hard links");
        }

        return new FileInfo(path).Length;
    }

    private string[] Split(string tensor, string location)
    {
        if (location.AsSpan().IndexOfAnyInRange('\0', '\x1F') >= 0 || location.AsSpan().IndexOfAny('\\', ':', '\x7F') >= 0)
        {
            throw Error(tensor, location, "backslashes, colons and control characters are not allowed");
        }

        if (location.StartsWith('/') || Path.IsPathRooted(location))
        {
            throw Error(tensor, location, "it must be relative to the model's folder");
        }

        string[] parts = [.. location.Split('/').Where(part => part != ".")];
        if (parts.Length == 0 || parts.Contains(""))
        {
            throw Error(tensor, location, "it has an empty part");
        }

        if (parts.Contains(".."))
        {
            throw Error(tensor, location, "'..' is not allowed");
        }

        return parts;
    }

    private ModelException Error(string tensor, string location, string reason) =>
        new($"{model}: external data location '{Clean(location)}' of tensor '{tensor}' is refused: {reason}");

    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    private sealed record DataFile(string Path, long? Bytes);
}
