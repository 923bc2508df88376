namespace FlashMem.Runtime.Packing;

/// <summary>Where FlashMem keeps what it can make again.</summary>
public static class CacheDirectory
{
    /// <summary>Environment variable that names the directory.</summary>
    public const string Variable = "FLASHMEM_CACHE";

    /// <summary>
    /// <c>FLASHMEM_CACHE</c> where set, else <c>flashmem</c> in the platform's user cache: <c>%LOCALAPPDATA%</c> on Windows,
    /// <c>~/Library/Caches</c> on macOS, <c>$XDG_CACHE_HOME</c> or <c>~/.cache</c> elsewhere. It may not exist yet.
    /// </summary>
    public static string Default => Path.GetFullPath(
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen ? chosen : Path.Combine(UserCache(), "flashmem"));

    private static string UserCache()
    {
        if (OperatingSystem.IsWindows())
        {
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS())
        {
            return Path.Combine(home, "Library", "Caches");
        }

        // The specification says that a relative path is to be ignored.
        return Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache)
            ? cache
            : Path.Combine(home, ".cache");
    }
}
