using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Import.External;
using FlashMem.Graph.Import.Onnx;
using FlashMem.Graph.Import.Wire;
using FlashMem.Graph.Ir;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Graph.Import;

/// <summary>Reads ONNX model files into a <see cref="ModelGraph"/> without reading weights.</summary>
public static class OnnxModelReader
{
    private const int LongestMessage = 1000;

    /// <summary>
    /// Reads a model with static shapes and standard operators (opset 7 to 22). Throws <see cref="ModelException"/> with one line that
    /// says what is wrong when it cannot be read.
    /// </summary>
    public static ModelGraph Read(string path) => Read(path, new OnnxReadOptions());

    /// <summary>Reads a model's graph whether or not its external data files exist, for inspection.</summary>
    public static ModelGraph ReadGraphOnly(string path) => Read(path, new OnnxReadOptions { RequireExternalData = false });

    /// <summary>
    /// The model's <see cref="ModelGraph.Hash"/> without parsing it, so that what was made from it can be found again fast. Null when the
    /// file is so large that its weights must be left out, for which it has to be parsed. Throws <see cref="ModelException"/> when it
    /// cannot be read.
    /// </summary>
    public static string? TryHash(string path)
    {
        string model = Path.GetFileName(path);
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            long length = RandomAccess.GetLength(file);
            return length > ImportLimits.WholeHashBytes ? null : ModelHash.Compute(model, file, length, []);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ModelException($"{path}: cannot read the model: {fault.Message}", fault);
        }
    }

    internal static ModelGraph Read(string path, OnnxReadOptions options)
    {
        string model = Path.GetFileName(path);
        try
        {
            return ReadFile(model, Path.GetFullPath(path), options);
        }
        catch (ModelException fault) when (OneLine(fault.Message) != fault.Message)
        {
            throw new ModelException(OneLine(fault.Message), fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ModelException($"{path}: cannot read the model: {fault.Message}", fault);
        }
    }

    // Names come from the file: they may hold control characters or be very long.
    private static string OneLine(string message)
    {
        string clean = string.Concat(message.Select(c => char.IsControl(c) ? '?' : c));
        return clean.Length <= LongestMessage ? clean : clean[..LongestMessage] + "...";
    }

    private static ModelGraph ReadFile(string model, string path, OnnxReadOptions options)
    {
        if (!File.Exists(path))
        {
            throw new ModelException(
                Directory.Exists(path) ? $"{path}: is a folder, not a model file" : $"{path}: the model file does not exist");
        }

        if (!FileIdentity.Of(path, follow: true).IsRegular)
        {
            throw new ModelException($"{path}: is not an ordinary file");
        }

        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        long length = RandomAccess.GetLength(file);
        if (length == 0)
        {
            throw new ModelException($"{path}: the model file is empty");
        }

        var reader = new WireReader(file, length, model);
        OnnxModel onnx = OnnxModelParser.Read(reader);
        var dataFiles = new ExternalDataFiles(model, Path.GetDirectoryName(path)!, options.RequireExternalData);
        var tensors = new TensorImporter(model, path, reader, length, dataFiles);
        var builder = new GraphBuilder(model, onnx, tensors, options);
        ModelGraph graph = builder.Build(Path.GetFileNameWithoutExtension(path));
        IEnumerable<FileRange> inlineWeights =
            builder.StoredWeights.Where(w => w.File == path).Select(w => new FileRange(w.Offset, w.Length));
        return graph with { Hash = ModelHash.Compute(model, file, length, inlineWeights) };
    }
}
