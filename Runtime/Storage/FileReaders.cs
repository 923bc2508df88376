namespace FlashMem.Runtime.Storage;

/// <summary>Opens a file with the reader of this platform.</summary>
internal static class FileReaders
{
    public static IFileReader Open(string path, StorageOptions options) =>
        OperatingSystem.IsLinux() ? new LinuxFileReader(path, options) : new PortableFileReader(path, options);
}
