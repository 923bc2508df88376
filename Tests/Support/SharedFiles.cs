using System.Diagnostics.CodeAnalysis;

namespace FlashMem.Tests.Support;

/// <summary>Finds the material beside the repository (<c>../shared</c>), which a plain clone does not have.</summary>
internal static class SharedFiles
{
    /// <summary>Folder that holds FlashMem.sln; null when the tests run elsewhere.</summary>
    public static string? RepositoryRoot { get; } = Find(AppContext.BaseDirectory) ?? Find(Directory.GetCurrentDirectory());

    /// <summary>The shared folder beside the repository root; null when there is none.</summary>
    public static string? Root { get; } = Existing(RepositoryRoot is null ? null : Path.Combine(RepositoryRoot, "..", "shared"));

    /// <summary>A path below the shared folder; false when it is not there.</summary>
    public static bool TryGet(string relative, [NotNullWhen(true)] out string? path)
    {
        path = Root is null ? null : Path.Combine(Root, relative);
        return path is not null && (File.Exists(path) || Directory.Exists(path));
    }

    private static string? Find(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FlashMem.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }

    private static string? Existing(string? folder) => Directory.Exists(folder) ? Path.GetFullPath(folder) : null;
}
