using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;

namespace FlashMem.Tests.OnnxRuntime;

/// <summary>
/// A copy of a zoo model whose streamed weights are rounded to half precision and stored as floats again; what the weight file keeps in
/// full precision (biases, norms, position tables) stays as it is.
/// </summary>
internal static class RoundedModel
{
    private const int BufferElements = 1 << 20;

    /// <summary>Writes graph and weights into a folder and returns the graph's path.</summary>
    public static string Write(string modelPath, string folder)
    {
        string target = Path.Combine(folder, Path.GetFileName(modelPath));
        File.Copy(modelPath, target);
        File.Copy(modelPath + ".data", target + ".data");
        using FileStream data = File.Open(target + ".data", FileMode.Open, FileAccess.ReadWrite);
        KernelGraph graph = GraphCompiler.Compile(OnnxModelReader.Read(modelPath), new LoweringOptions());
        foreach (WeightRef weight in graph.Weights
            .Where(weight => weight is { Storage: PanelWeight or RowWeight, Source: StoredSource })
            .Select(weight => ((StoredSource)weight.Source!).Tensor)
            .DistinctBy(tensor => tensor.Offset))
        {
            Round(data, weight.Offset, weight.Length);
        }

        return target;
    }

    private static void Round(FileStream data, long offset, long length)
    {
        var values = new float[BufferElements];
        var halves = new Half[BufferElements];
        for (long done = 0; done < length;)
        {
            int count = (int)Math.Min(BufferElements, (length - done) / sizeof(float));
            Span<float> part = values.AsSpan(0, count);
            data.Position = offset + done;
            data.ReadExactly(MemoryMarshal.AsBytes(part));
            TensorPrimitives.ConvertToHalf(part, halves);
            TensorPrimitives.ConvertToSingle(halves.AsSpan(0, count), part);
            data.Position = offset + done;
            data.Write(MemoryMarshal.AsBytes(part));
            done += (long)count * sizeof(float);
        }
    }
}
