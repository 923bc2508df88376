using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>
/// What a device made, in a directory, one file for each key: a header (magic, version, key, length, checksum) and the content. Files
/// appear whole or not at all. What does not check out is deleted and counts as absent; nothing that was read is trusted before. Processes
/// may share the directory.
/// </summary>
/// <param name="directory">Where the files are; made when first written to.</param>
/// <param name="extension">Of their names, with the dot.</param>
/// <param name="magic">First bytes of each.</param>
/// <param name="what">What a file holds, for messages.</param>
internal class KeyedFiles(string directory, string extension, ulong magic, string what)
{
    private const int Version = 1;
    private const int HeaderBytes = 56;

    /// <summary>Largest content that is read; a longer file is corrupt.</summary>
    private const long MaxBytes = 256L << 20;

    /// <summary>The file of a key.</summary>
    public string PathOf(ProgramKey key) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{key.Slot:x32}{extension}"));

    /// <summary>The content for a key; null when there is none, with the problem when there was one that could not be used.</summary>
    public byte[]? Read(ProgramKey key, out string? problem)
    {
        problem = null;
        string path = PathOf(key);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            using FileStream file = File.OpenRead(path);
            problem = Check(file, key, out byte[] content);
            if (problem is null)
            {
                return content;
            }
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            problem = cause.Message;
        }

        problem = $"{path}: {problem}";
        Delete(key);
        return null;
    }

    /// <summary>Stores a content; returns why it could not, null when it could.</summary>
    public string? Write(ProgramKey key, ReadOnlySpan<byte> content)
    {
        string path = PathOf(key);
        string temporary = Path.Combine(directory, $".{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(directory);
            Span<byte> header = stackalloc byte[HeaderBytes];
            WriteHeader(header, key, content);
            using (FileStream file = File.Create(temporary))
            {
                file.Write(header);
                file.Write(content);
            }

            File.Move(temporary, path, overwrite: true);
            return null;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            return $"{path}: {cause.Message}";
        }
    }

    /// <summary>Removes an entry that turned out to be of no use.</summary>
    public void Delete(ProgramKey key) => TryDelete(PathOf(key));

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // It stays and will be refused again; the next successful write replaces it.
        }
    }

    private void WriteHeader(Span<byte> header, ProgramKey key, ReadOnlySpan<byte> content)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(header, magic);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt128LittleEndian(header[16..], key.Content);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], content.Length);
        BinaryPrimitives.WriteUInt128LittleEndian(header[40..], XxHash128.HashToUInt128(content));
    }

    private string? Check(FileStream file, ProgramKey key, out byte[] content)
    {
        content = [];
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(header) != magic)
        {
            return $"not {what}";
        }

        if (BinaryPrimitives.ReadInt64LittleEndian(header[8..]) != Version)
        {
            return "written by another version";
        }

        if (BinaryPrimitives.ReadUInt128LittleEndian(header[16..]) != key.Content)
        {
            return "made by another driver or version";
        }

        long length = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        if (length is <= 0 or > MaxBytes || file.Length != HeaderBytes + length)
        {
            return $"{file.Length} bytes instead of {HeaderBytes} and {length}";
        }

        content = new byte[length];
        file.ReadExactly(content);
        return XxHash128.HashToUInt128(content) == BinaryPrimitives.ReadUInt128LittleEndian(header[40..])
            ? null
            : "the checksum does not match";
    }
}
