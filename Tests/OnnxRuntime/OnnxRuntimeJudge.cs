using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace FlashMem.Tests.OnnxRuntime;

/// <summary>ONNX Runtime's answer for the same model and inputs: the outside judge of values.</summary>
internal static class OnnxRuntimeJudge
{
    /// <summary>Every output of the model as floats, by name.</summary>
    public static IReadOnlyDictionary<string, float[]> Run(string modelPath, IReadOnlyDictionary<string, Tensor> inputs)
    {
        using var options = new Microsoft.ML.OnnxRuntime.SessionOptions { IntraOpNumThreads = Environment.ProcessorCount };
        using var session = new InferenceSession(modelPath, options);
        Dictionary<string, OrtValue> values = inputs.ToDictionary(input => input.Key, input => ToOrt(input.Value));
        using var runOptions = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(runOptions, values, session.OutputNames);
        return session.OutputNames.Zip(outputs).ToDictionary(pair => pair.First, pair => pair.Second.GetTensorDataAsSpan<float>().ToArray());
    }

    /// <summary>The worst violation of |actual - expected| &lt;= atol + rtol |expected|; null when every element keeps to it.</summary>
    public static string? WorstViolation(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float rtol, float atol)
    {
        string? worst = null;
        double excess = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs((double)actual[i] - expected[i]);
            double over = error - (atol + (rtol * Math.Abs((double)expected[i])));
            if (!(over <= excess))
            {
                excess = over;
                worst = $"element {i} of {expected.Length}: expected {expected[i]}, got {actual[i]} (error {error:g3})";
            }
        }

        return worst;
    }

    public static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.Length; i++)
        {
            dot += (double)a[i] * b[i];
            aa += (double)a[i] * a[i];
            bb += (double)b[i] * b[i];
        }

        return dot / Math.Sqrt(aa * bb);
    }

    private static OrtValue ToOrt(Tensor tensor)
    {
        long[] shape = [.. tensor.Shape.Dims];
        return tensor.Type switch
        {
            ElementType.Float32 => OrtValue.CreateTensorValueFromMemory(MemoryMarshal.Cast<byte, float>(tensor.Bytes).ToArray(), shape),
            ElementType.Int64 => OrtValue.CreateTensorValueFromMemory(MemoryMarshal.Cast<byte, long>(tensor.Bytes).ToArray(), shape),
            _ => throw new NotSupportedException($"no zoo model has an input of {tensor.Type}"),
        };
    }
}
