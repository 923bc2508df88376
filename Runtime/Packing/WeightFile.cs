using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Storage;
using FlashMem.Scheduling.Problem;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Runtime.Packing;

/// <summary>
/// An opened weight file: the kernel graph and where its weights lie, all that a run needs. Opening checks the header completely and the
/// file's length, never the weights: those are checked as they are read. Holds the file open until disposed, so that its bytes stay even
/// when the path comes to name another file. Immutable, thread-safe.
/// </summary>
public sealed class WeightFile : IDisposable
{
    /// <summary>Headers hold a graph of some thousand kernels and eight bytes per chunk and row; no honest one is near this.</summary>
    private const long LargestHeader = 1L << 29;

    private readonly SafeFileHandle handle;
    private readonly WeightFileChecksums checksums;

    private WeightFile(
        string path, SafeFileHandle handle, FileIdentity identity, WeightFilePreamble preamble, WeightFileInfo info, KernelGraph graph,
        WeightFileLayout layout, WeightFileChecksums checksums)
    {
        Path = path;
        this.handle = handle;
        this.checksums = checksums;
        Identity = identity;
        Info = info;
        Graph = graph;
        Layout = layout;
        DataOffset = preamble.DataOffset;
        FileBytes = preamble.FileBytes;
        ContentHash = Convert.ToHexStringLower(preamble.ContentHash);
        ChunkChecksums = checksums.Chunks;
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>The model's kernels; its weights have no sources any more.</summary>
    public KernelGraph Graph { get; }

    public WeightFileLayout Layout { get; }

    public WeightFileInfo Info { get; }

    /// <summary>First byte of the data section; the layout's offsets count from here.</summary>
    public long DataOffset { get; }

    /// <summary>XxHash128 (hex) of graph, layout and weights: equal files give equal results.</summary>
    public string ContentHash { get; }

    /// <summary>XxHash3 of every chunk's payload, by chunk id.</summary>
    public ImmutableArray<ulong> ChunkChecksums { get; }

    /// <summary>XxHash3 of the parameters block (<see cref="WeightFileLayout.ParametersBytes"/> bytes).</summary>
    public ulong ParametersChecksum => checksums.Parameters;

    public long FileBytes { get; }

    /// <summary>The file as it was when it was opened.</summary>
    public FileIdentity Identity { get; }

    /// <summary>XxHash3 of one row of a row weight.</summary>
    public ulong RowChecksum(int weight, long row) => checksums.Row(weight, row);

    /// <summary>Opens and checks a file; throws <see cref="RunFailedException"/> naming the file and what is wrong with it.</summary>
    public static WeightFile Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        SafeFileHandle? handle = null;
        try
        {
            // Random: reading the header in order would start read-ahead, which every later read of a page that came so carries further,
            // until the whole file is in the page cache.
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
            return Read(path, handle);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            handle?.Dispose();
            throw new RunFailedException($"cannot open weight file '{path}': {error.Message}", error);
        }
        catch
        {
            handle?.Dispose();
            throw;
        }
    }

    public void Dispose() => handle.Dispose();

    private static WeightFile Read(string path, SafeFileHandle handle)
    {
        FileIdentity identity = FileIdentities.Of(handle, path);
        WeightFilePreamble preamble = ReadPreamble(path, handle, identity.Bytes);
        var header = new byte[preamble.HeaderBytes];
        ReadExactly(path, handle, header);
        if (WeightFileHeader.Checksum(header, preamble) != preamble.HeaderChecksum)
        {
            throw Bad(path, "is damaged: its header does not match the header's checksum");
        }

        int graphStart = WeightFilePreamble.Bytes + (int)preamble.InfoBytes;
        int checksumStart = graphStart + (int)preamble.GraphBytes;
        ReadOnlyMemory<byte> metadata = header.AsMemory(WeightFilePreamble.Bytes, (int)preamble.InfoBytes);
        ReadOnlyMemory<byte> graphJson = header.AsMemory(graphStart, (int)preamble.GraphBytes);
        ReadOnlySpan<byte> checksumTable = header.AsSpan(checksumStart, (int)preamble.ChecksumBytes);
        try
        {
            WeightFileInfo info = WeightFileInfoJson.Read(metadata);
            if (!WeightFileHeader.ContentHash(info, graphJson.Span, checksumTable).AsSpan().SequenceEqual(preamble.ContentHash))
            {
                throw Bad(path, "is damaged: its content hash does not match");
            }

            KernelGraph graph = KernelGraphJson.Read(graphJson.Span);
            WeightFileLayout layout = WeightFileLayout.Compute(graph, info.TargetChunkBytes);
            CheckLengths(path, preamble, info, graph, layout);
            WeightFileChecksums checksums = WeightFileChecksums.FromBytes(graph, layout, checksumTable);
            return new WeightFile(path, handle, identity, preamble, info, graph, layout, checksums);
        }
        catch (Exception error) when (error is not (RunFailedException or IOException or OutOfMemoryException))
        {
            // The checksum was right, so this was written wrongly, on purpose or by another version.
            throw new RunFailedException($"weight file '{path}' has a header that makes no sense: {error.Message}", error);
        }
    }

    private static WeightFilePreamble ReadPreamble(string path, SafeFileHandle handle, long fileBytes)
    {
        if (fileBytes < WeightFilePreamble.Bytes)
        {
            throw Bad(path, $"is truncated: {fileBytes} bytes, a header needs at least {WeightFilePreamble.Bytes}");
        }

        Span<byte> bytes = stackalloc byte[WeightFilePreamble.Bytes];
        ReadExactly(path, handle, bytes);
        WeightFilePreamble preamble = WeightFilePreamble.Read(bytes, out string? problem) ?? throw Bad(path, problem!);
        if (preamble.FileBytes > fileBytes)
        {
            throw Bad(path, $"is truncated: {fileBytes} bytes, header says {preamble.FileBytes}");
        }

        if (preamble.FileBytes != fileBytes)
        {
            throw Bad(path, $"has the wrong length: {fileBytes} bytes, header says {preamble.FileBytes}");
        }

        // Each length alone is checked against the file first, so that the sums below cannot overflow.
        ReadOnlySpan<long> lengths = [preamble.InfoBytes, preamble.GraphBytes, preamble.ChecksumBytes];
        foreach (long length in lengths)
        {
            if (length < 0 || length > Math.Min(fileBytes, LargestHeader))
            {
                throw Bad(path, $"is damaged: a header section of {length} bytes in a file of {fileBytes}");
            }
        }

        long dataOffset = WeightFileHeader.DataOffset(preamble.InfoBytes, preamble.GraphBytes, preamble.ChecksumBytes);
        if (preamble.HeaderBytes > LargestHeader || preamble.DataOffset != dataOffset || dataOffset > fileBytes)
        {
            throw Bad(
                path, $"is damaged: a header of {preamble.HeaderBytes} bytes and data at {preamble.DataOffset} in a file of {fileBytes}");
        }

        return preamble;
    }

    private static void CheckLengths(
        string path, WeightFilePreamble preamble, WeightFileInfo info, KernelGraph graph, WeightFileLayout layout)
    {
        if (layout.DataBytes != info.DataBytes || preamble.DataOffset + layout.DataBytes != preamble.FileBytes)
        {
            throw Bad(path, $"has {info.DataBytes} bytes of weights, its graph needs {layout.DataBytes}");
        }

        long table = WeightFileChecksums.BytesFor(graph, layout);
        if (table != preamble.ChecksumBytes)
        {
            throw Bad(path, $"has {preamble.ChecksumBytes} bytes of checksums, its graph needs {table}");
        }

        if (info.ModelHash != graph.ModelHash)
        {
            throw Bad(path, $"was packed from model {info.ModelHash}, its graph is of model {graph.ModelHash}");
        }
    }

    private static void ReadExactly(string path, SafeFileHandle handle, Span<byte> target)
    {
        int position = 0;
        while (position < target.Length)
        {
            int count = RandomAccess.Read(handle, target[position..], position);
            if (count == 0)
            {
                throw Bad(path, $"is truncated: its header ends after {position} of {target.Length} bytes");
            }

            position += count;
        }
    }

    private static RunFailedException Bad(string path, string problem) => new($"weight file '{path}' {problem}");
}
