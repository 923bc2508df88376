using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Support;

/// <summary>Small ONNX files for tests of the whole product.</summary>
internal static class SmallModels
{
    /// <summary>A chain of square MatMul and Relu layers with inline weights: x [rows, width] -> y.</summary>
    public static byte[] Chain(int layers, int width, int rows = 4)
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

    public static string WriteChain(string folder, int layers, int width)
    {
        string path = Path.Combine(folder, "chain.onnx");
        File.WriteAllBytes(path, Chain(layers, width));
        return path;
    }
}
