namespace FlashMem.Tests.Support;

/// <summary>The folder that holds FlashMem.sln, found upwards from the test assembly.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder, "FlashMem.sln")))
        {
            folder = System.IO.Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException($"no FlashMem.sln above {AppContext.BaseDirectory}");
    }
}
