using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Packing;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Runtime.Packing;

/// <summary>A temporary folder with source tensors and the graphs that are packed from them; removed with all it holds.</summary>
internal sealed class PackingFolder : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private long sourceBytes;

    public string Root => folder.Path;

    public string SourceFile => PathOf("model.data");

    public string PathOf(string name) => folder[name];

    /// <summary>Appends a tensor to the source file, at an offset that no element size divides.</summary>
    public WeightRef AddTensor(string name, ElementType type, Shape shape, byte[] bytes)
    {
        using FileStream file = File.Open(SourceFile, FileMode.Append, FileAccess.Write);
        file.Write(new byte[3]);
        file.Write(bytes);
        var tensor = new WeightRef(name, type, shape, SourceFile, sourceBytes + 3, bytes.Length);
        sourceBytes += 3 + bytes.Length;
        return tensor;
    }

    /// <summary>A row-major matrix of small numbers as a panel weight, with special values at some elements.</summary>
    public KernelWeight Matrix(
        ElementType stored, int depth, int columns, params ReadOnlySpan<(int Index, float Value)> special)
    {
        float[] values = [.. Enumerable.Range(0, depth * columns).Select(i => i / 64f)];
        foreach ((int index, float value) in special)
        {
            values[index] = value;
        }

        byte[] bytes = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        WeightRef tensor = AddTensor("matrix", ElementType.Float32, new Shape(depth, columns), bytes);
        TensorView view = TensorView.Dense(ElementType.Float32, new Shape(1, depth, columns));
        var layout = new PanelLayout(1, depth, columns, stored, 32);
        return new KernelWeight(0, "matrix", new PanelWeight(layout), new StoredSource(tensor) { View = view });
    }

    public static KernelGraph Graph(params KernelWeight[] weights) => new()
    {
        ModelName = "test",
        ModelHash = "00112233445566778899aabbccddeeff",
        Inputs = [],
        Outputs = [],
        Buffers = [],
        Kernels = [],
        Weights = [.. weights],
    };

    /// <summary>Packs and opens.</summary>
    public async Task<WeightFile> PackAsync(KernelGraph graph, PackOptions? options = null, string name = "packed.flashmem")
    {
        await WeightPacker.PackAsync(graph, PathOf(name), options ?? new PackOptions(), null, CancellationToken.None);
        return WeightFile.Open(PathOf(name));
    }

    public ImmutableArray<string> Files => [.. Directory.EnumerateFiles(Root).Select(file => Path.GetFileName(file)!).Order()];

    public void Dispose() => folder.Dispose();
}
