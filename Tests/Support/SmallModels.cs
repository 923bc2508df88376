using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Sessions;
using FlashMem.Tests.Graph.Passes;

namespace FlashMem.Tests.Support;

/// <summary>Models of a few hundred kilobytes as ONNX files, with weights of many chunks.</summary>
internal static class SmallModels
{
    public const int Vocabulary = 600;
    private const int Tokens = 12;
    private const int Width = 96;
    private const int Heads = 4;

    /// <summary>Four convolutions with a residual connection, pooling and a classifier.</summary>
    public static string WriteConvNet(TemporaryFolder folder, string name = "convnet.onnx")
    {
        var b = new GraphBuilder();
        string x = b.Input("image", 1, 3, 24, 24);
        string y = Relu(b, Conv(b, x, "c1", 48, 3, 3, 1));
        y = Relu(b, Conv(b, y, "c2", 96, 48, 3, 2));
        string branch = Conv(b, Relu(b, Conv(b, y, "c3", 96, 96, 3, 1)), "c4", 96, 96, 1, 1);
        y = Relu(b, b.Op("Add", [branch, y]));
        y = b.Op("Flatten", [b.Op("GlobalAveragePool", [y])]);
        y = b.Op("Gemm", [y, b.Weight("fc.w", 200, 96), b.Weight("fc.b", 200)], ("transB", 1));
        return Write(folder, name, b.Build(y));
    }

    /// <summary>A transformer block between an embedding and a vocabulary projection.</summary>
    public static string WriteTransformer(TemporaryFolder folder, string name = "transformer.onnx")
    {
        var b = new GraphBuilder();
        string ids = b.Input("ids", ElementType.Int64, 1, Tokens);
        string x = b.Op("Gather", [b.Weight("embedding", Vocabulary, Width), ids]);
        string n = Normalize(b, x, "ln1");
        string attention = Attend(b, Head(b, n, "q"), Head(b, n, "k"), Head(b, n, "v"));
        x = b.Op("Add", [x, Linear(b, attention, "out", Width, Width)]);
        string hidden = Linear(b, Normalize(b, x, "ln2"), "up", Width, 4 * Width);
        string erf = b.Op("Erf", [b.Op("Div", [hidden, b.Scalar(1.4142135f)])]);
        string gelu = b.Op("Mul", [b.Op("Mul", [hidden, b.Op("Add", [erf, b.Scalar(1)])]), b.Scalar(0.5f)]);
        x = b.Op("Add", [x, Linear(b, gelu, "down", 4 * Width, Width)]);
        return Write(folder, name, b.Build(b.Op("MatMul", [Normalize(b, x, "ln3"), b.Weight("head", Width, Vocabulary)])));
    }

    /// <summary>Inputs for either model.</summary>
    public static Dictionary<string, Tensor> Inputs(IReadOnlyDictionary<string, TensorMetadata> metadata, int seed = 1)
    {
        var random = new Random(seed);
        return metadata.Values.ToDictionary(input => input.Name, input =>
        {
            Tensor tensor = Tensor.Create(input.Type, input.Shape);
            if (tensor is Tensor<long> ids)
            {
                foreach (ref long id in ids.Data.Span)
                {
                    id = random.Next(Vocabulary);
                }
            }
            else
            {
                Randomize(tensor.As<float>().Data.Span, random, 1);
            }

            return tensor;
        });
    }

    private static string Relu(GraphBuilder b, string x) => b.Op("Relu", [x]);

    private static string Conv(GraphBuilder b, string x, string name, int channels, int inputs, int kernel, int stride)
    {
        int pad = kernel / 2;
        return b.Op(
            "Conv",
            [x, b.Weight($"{name}.w", channels, inputs, kernel, kernel), b.Weight($"{name}.b", channels)],
            ("kernel_shape", new[] { kernel, kernel }), ("pads", new[] { pad, pad, pad, pad }), ("strides", new[] { stride, stride }));
    }

    private static string Linear(GraphBuilder b, string x, string name, int rows, int columns) =>
        b.Op("Add", [b.Op("MatMul", [x, b.Weight($"{name}.w", rows, columns)]), b.Weight($"{name}.b", columns)]);

    private static string Normalize(GraphBuilder b, string x, string name) =>
        b.Op("LayerNormalization", [x, b.Weight($"{name}.g", Width), b.Weight($"{name}.b", Width)], ("axis", -1));

    private static string Head(GraphBuilder b, string x, string name) => b.Op(
        "Transpose",
        [b.Op("Reshape", [Linear(b, x, name, Width, Width), b.Longs(1, Tokens, Heads, Width / Heads)])],
        ("perm", new[] { 0, 2, 1, 3 }));

    private static string Attend(GraphBuilder b, string q, string k, string v)
    {
        string scores = b.Op("MatMul", [q, b.Op("Transpose", [k], ("perm", new[] { 0, 1, 3, 2 }))]);
        string weights = b.Op("Softmax", [b.Op("Mul", [scores, b.Scalar(1 / MathF.Sqrt(Width / Heads))])], ("axis", -1));
        string context = b.Op("Transpose", [b.Op("MatMul", [weights, v])], ("perm", new[] { 0, 2, 1, 3 }));
        return b.Op("Reshape", [context, b.Longs(1, Tokens, Width)]);
    }

    private static string Write(TemporaryFolder folder, string name, ModelGraph graph)
    {
        var random = new Random(42);
        var weights = new Dictionary<string, byte[]>();
        foreach (WeightRef weight in graph.Weights.Values.OrderBy(weight => weight.Name, StringComparer.Ordinal))
        {
            var elements = new float[weight.Shape.ElementCount];
            Randomize(elements, random, 1 / MathF.Sqrt(Math.Max(16, elements.Length / weight.Shape[0])));
            weights.Add(weight.Name, MemoryMarshal.AsBytes(elements.AsSpan()).ToArray());
        }

        return folder.Write(name, OnnxWriter.Write(graph, weights));
    }

    private static void Randomize(Span<float> elements, Random random, float scale)
    {
        foreach (ref float element in elements)
        {
            element = ((random.NextSingle() * 2) - 1) * scale;
        }
    }
}
