namespace FlashMem.Tests.Support;

/// <summary>A folder of its own for one test, deleted with everything in it.</summary>
/// <param name="parent">Where it lies; the system's temporary folder by default.</param>
internal sealed class TemporaryFolder(string? parent = null) : IDisposable
{
    public string Path { get; } = parent is null
        ? Directory.CreateTempSubdirectory("flashmem-test-").FullName
        : Directory.CreateDirectory(System.IO.Path.Combine(parent, $"test-{Guid.NewGuid():N}")).FullName;

    /// <summary>Full path of a file in the folder.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
