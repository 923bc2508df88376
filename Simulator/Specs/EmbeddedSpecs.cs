using System.Reflection;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Simulator.Specs;

/// <summary>JSON files of one folder that are embedded in the simulator; each is named as its file.</summary>
/// <param name="folder">The folder, beside this project's file.</param>
/// <param name="what">What the files are, for errors.</param>
internal sealed class EmbeddedSpecs(string folder, string what)
{
    private const string Suffix = ".json";

    private static readonly Assembly Resources = typeof(EmbeddedSpecs).Assembly;

    private readonly string prefix = $"FlashMem.Simulator.{folder}.";

    /// <summary>In alphabetical order.</summary>
    public IReadOnlyList<string> Names() =>
    [
        .. Resources.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(name => name[prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="UsageException">There is no such file; the message lists those that exist.</exception>
    public byte[] Load(string name)
    {
        using Stream stream = Resources.GetManifestResourceStream(prefix + name + Suffix)
            ?? throw new UsageException($"there is no {what} '{name}'; there are {string.Join(", ", Names())}");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
