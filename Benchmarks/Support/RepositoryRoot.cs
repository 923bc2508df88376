namespace FlashMem.Benchmarks.Support;

/// <summary>The checkout that this program was built in.</summary>
internal static class RepositoryRoot
{
    public static string Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "FlashMem.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("run the benchmark from a checkout");
    }
}
