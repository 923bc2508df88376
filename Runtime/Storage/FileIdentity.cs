namespace FlashMem.Runtime.Storage;

/// <summary>What tells one state of a file from another without reading it.</summary>
/// <param name="Bytes">Length.</param>
/// <param name="ModifiedNanoseconds">Time of the last write, nanoseconds since 1970 (UTC); as exact as the file system keeps it.</param>
/// <param name="Device">Number of the file system on Linux; 0 where the platform does not say.</param>
/// <param name="Inode">Number of the file in it on Linux; 0 where the platform does not say.</param>
public readonly record struct FileIdentity(long Bytes, long ModifiedNanoseconds, ulong Device, ulong Inode)
{
    /// <summary>How another, later state differs from this one, in words with numbers; null when it does not.</summary>
    public string? DifferenceFrom(FileIdentity later)
    {
        if (Bytes != later.Bytes)
        {
            return $"its length was {Bytes} bytes and is {later.Bytes}";
        }

        if (ModifiedNanoseconds != later.ModifiedNanoseconds)
        {
            return "it was written to";
        }

        return Inode == later.Inode && Device == later.Device ? null : "another file took its place";
    }
}
