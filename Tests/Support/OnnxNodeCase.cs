using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Import;
using FlashMem.Graph.Import.External;
using FlashMem.Graph.Import.Onnx;
using FlashMem.Graph.Import.Wire;
using FlashMem.Graph.Ir;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Tests.Support;

/// <summary>One ONNX operator case: a model, its inputs and the outputs it must have.</summary>
internal sealed class OnnxNodeCase(string folder)
{
    /// <summary>Cases may use newer operator sets than the importer accepts from users.</summary>
    private const int LatestOpset = 99;

    public string Name { get; } = Path.GetFileName(folder);

    public string ModelPath { get; } = Path.Combine(folder, "model.onnx");

    /// <summary>All cases below the shared folder, in name order; empty without it.</summary>
    public static IReadOnlyList<OnnxNodeCase> All { get; } = SharedFiles.TryGet("onnx-node-tests", out string? root)
        ? [.. Directory.GetDirectories(root).Order(StringComparer.Ordinal).Select(folder => new OnnxNodeCase(folder))]
        : [];

    /// <summary>Input tensors in the order of the model's inputs.</summary>
    public ImmutableArray<ConstantTensor> ReadInputs() => ReadAll("input");

    /// <summary>Expected outputs in the order of the model's outputs.</summary>
    public ImmutableArray<ConstantTensor> ReadOutputs() => ReadAll("output");

    /// <summary>Names of the model's inputs in file order.</summary>
    public ImmutableArray<string> InputNames()
    {
        using SafeFileHandle file = File.OpenHandle(ModelPath);
        return [.. OnnxModelParser.Read(new WireReader(file, RandomAccess.GetLength(file), Name)).Inputs.Select(input => input.Name)];
    }

    /// <summary>Reads the model with those inputs bound to their values for which <paramref name="bind"/> says so.</summary>
    public ModelGraph ReadModel(Func<string, ConstantTensor, bool> bind)
    {
        ImmutableArray<ConstantTensor> inputs = ReadInputs();
        IEnumerable<KeyValuePair<string, ConstantTensor>> bound =
            InputNames().Zip(inputs, KeyValuePair.Create).Where(pair => bind(pair.Key, pair.Value));
        return OnnxModelReader.Read(ModelPath, new OnnxReadOptions
        {
            MinimumOpset = 1,
            MaximumOpset = LatestOpset,
            BoundInputs = bound.ToImmutableDictionary(),
        });
    }

    private ImmutableArray<ConstantTensor> ReadAll(string kind)
    {
        var tensors = ImmutableArray.CreateBuilder<ConstantTensor>();
        string data = Path.Combine(folder, "test_data_set_0");
        for (int i = 0; File.Exists(Path.Combine(data, $"{kind}_{i}.pb")); i++)
        {
            tensors.Add(ReadTensor(Path.Combine(data, $"{kind}_{i}.pb")));
        }

        return tensors.ToImmutable();
    }

    private static ConstantTensor ReadTensor(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        long length = RandomAccess.GetLength(file);
        if (length == 0)
        {
            return new ConstantTensor(ElementType.Float32, Shape.Scalar, []);
        }

        var reader = new WireReader(file, length, path);
        var files = new ExternalDataFiles(path, Path.GetDirectoryName(path)!, requireFiles: true);
        var importer = new TensorImporter(path, path, reader, length, files);
        (ConstantTensor? constant, WeightRef? weight) = importer.Import(OnnxTensorParser.ReadBody(reader));
        if (constant is not null)
        {
            return constant;
        }

        using var weights = new FileWeightReader();
        var bytes = new byte[weight!.Length];
        weights.Read(weight, 0, bytes);
        return new ConstantTensor(weight.Type, weight.Shape, [.. bytes]);
    }
}
