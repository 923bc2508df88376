using System.Collections.Immutable;
using System.IO.Hashing;
using FlashMem.Abstractions.Errors;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Graph.Zoo;

/// <summary>The eleven models of the paper: embedded graphs whose weights are made by rule.</summary>
public static class ZooModels
{
    internal const string DataSuffix = ".data";
    private const string GraphSuffix = ".onnx";
    private const string RecordSuffix = ".data.json";
    private const string TemporarySuffix = ".tmp";
    private const int HashBufferBytes = 1024 * 1024;

    /// <summary>Names as after <c>zoo:</c>.</summary>
    public static ImmutableArray<string> Names => ZooGraphs.Names;

    /// <summary>
    /// Writes the graph alone and returns its path; enough to read the graph with
    /// <see cref="Import.OnnxModelReader.ReadGraphOnly"/>. A file that is there and equal stays untouched.
    /// </summary>
    public static string WriteGraph(string name, string directory)
    {
        byte[] graph = ZooGraphs.Read(name);
        string path = Path.Combine(Path.GetFullPath(directory), name + GraphSuffix);
        try
        {
            Directory.CreateDirectory(directory);
            if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(graph))
            {
                Replace(path, graph);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new RunFailedException($"{path}: cannot write the graph of zoo model '{name}': {fault.Message}", fault);
        }

        return path;
    }

    /// <summary>
    /// Makes sure that a model's graph and weights are in a folder and returns the path of the .onnx file. Weights that an earlier call
    /// finished are used again: by size and time, or by content when <paramref name="verify"/> says so or the time has changed. An
    /// interrupted call leaves no weights that a later one would trust.
    /// </summary>
    public static Task<string> MakeAsync(
        string name, string directory, IProgress<ZooProgress>? progress, CancellationToken cancellation, bool verify = false) =>
        Task.Run(() => Make(name, directory, progress, verify, cancellation), cancellation);

    private static string Make(
        string name, string directory, IProgress<ZooProgress>? progress, bool verify, CancellationToken cancellation)
    {
        string graphPath = WriteGraph(name, directory);
        string dataPath = graphPath + DataSuffix;
        string recordPath = graphPath + RecordSuffix;
        string graphHash = Convert.ToHexStringLower(XxHash128.Hash(ZooGraphs.Read(name)));
        try
        {
            if (!IsTrusted(dataPath, recordPath, graphHash, verify, progress, cancellation))
            {
                Fill(graphPath, dataPath, recordPath, graphHash, progress, cancellation);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new RunFailedException($"{dataPath}: cannot make the weights of zoo model '{name}': {fault.Message}", fault);
        }

        return graphPath;
    }

    private static bool IsTrusted(
        string dataPath,
        string recordPath,
        string graphHash,
        bool verify,
        IProgress<ZooProgress>? progress,
        CancellationToken cancellation)
    {
        ZooRecord? record = ZooRecord.TryRead(recordPath);
        var data = new FileInfo(dataPath);
        if (record is null || record.Schema != ZooRecord.CurrentSchema || record.GraphHash != graphHash
            || !data.Exists || data.Length != record.Bytes)
        {
            return false;
        }

        long modified = data.LastWriteTimeUtc.Ticks;
        if (modified == record.ModifiedTicks && !verify)
        {
            return true;
        }

        if (HashFile(dataPath, progress, cancellation) != record.DataHash)
        {
            return false;
        }

        // The file was copied or touched, not changed.
        Replace(recordPath, (record with { ModifiedTicks = modified }).ToJson());
        return true;
    }

    private static void Fill(
        string graphPath,
        string dataPath,
        string recordPath,
        string graphHash,
        IProgress<ZooProgress>? progress,
        CancellationToken cancellation)
    {
        File.Delete(recordPath);
        var writer = new ZooDataWriter(ZooTensor.ReadAll(graphPath));
        string temporary = dataPath + TemporarySuffix;
        ulong hash;

        // A second process that makes the same model gets an error instead of a mixture. Windows renames open files only when shared so.
        FileShare share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;
        using (SafeFileHandle file = File.OpenHandle(
            temporary, FileMode.Create, FileAccess.Write, share, FileOptions.None, writer.Length))
        {
            try
            {
                hash = writer.Write(file, progress, cancellation);
                RandomAccess.FlushToDisk(file);
                File.Move(temporary, dataPath, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }

        long modified = File.GetLastWriteTimeUtc(dataPath).Ticks;
        var record = new ZooRecord(ZooRecord.CurrentSchema, graphHash, writer.Length, Text(hash), modified);
        Replace(recordPath, record.ToJson());
    }

    private static string HashFile(string path, IProgress<ZooProgress>? progress, CancellationToken cancellation)
    {
        using SafeFileHandle file = File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
        long length = RandomAccess.GetLength(file);
        var hash = new XxHash3();
        var buffer = new byte[HashBufferBytes];
        for (long position = 0; position < length;)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = RandomAccess.Read(file, buffer, position);
            if (count == 0)
            {
                break;
            }

            hash.Append(buffer.AsSpan(0, count));
            position += count;
            progress?.Report(new ZooProgress(position, length));
        }

        return Text(hash.GetCurrentHashAsUInt64());
    }

    private static string Text(ulong hash) => hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    // Readers see the old file or the new one, never a part.
    private static void Replace(string path, byte[] content)
    {
        string temporary = $"{path}.{Environment.ProcessId}{TemporarySuffix}";
        File.WriteAllBytes(temporary, content);
        File.Move(temporary, path, overwrite: true);
    }
}
