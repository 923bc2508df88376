namespace FlashMem.Benchmarks.Support;

/// <summary>The flashmem command as users run it.</summary>
internal static class FlashMemCommand
{
    /// <summary>Publishes it when a source has changed and returns the path of the program.</summary>
    public static string Publish()
    {
        string root = RepositoryRoot.Find();
        _ = ChildProcess.Run(Path.Combine(root, "flashmem"), ["devices"], null);
        return Path.Combine(root, "artifacts", "flashmem", "flashmem");
    }
}
