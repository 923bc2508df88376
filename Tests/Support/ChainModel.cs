using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Support;

/// <summary>A chain of square layers as an ONNX file, for tests of the whole product.</summary>
internal static class ChainModel
{
    /// <summary>A chain of square MatMul and Relu layers with inline weights: x [rows, width] -> y.</summary>
    public static byte[] Build(int layers, int width, int rows = 4)
    {
        var builder = new OnnxBuilder().Input("x", ElementType.Float32, rows, width);
        string value = "x";
        for (int i = 0; i < layers; i++)
        {
            var random = new Random(i);
            float[] weight = [.. Enumerable.Range(0, width * width).Select(_ => (random.NextSingle() - 0.5f) * 2 / MathF.Sqrt(width))];
            string result = i == layers - 1 ? "y" : $"relu{i}";
            builder.Initializer($"w{i}", weight, width, width)
                .Node("MatMul", [value, $"w{i}"], [$"mul{i}"])
                .Node("Relu", [$"mul{i}"], [result]);
            value = result;
        }

        return builder.Output("y", ElementType.Float32, rows, width).Build();
    }

    public static string Write(string folder, int layers, int width)
    {
        string path = Path.Combine(folder, "chain.onnx");
        File.WriteAllBytes(path, Build(layers, width));
        return path;
    }
}
