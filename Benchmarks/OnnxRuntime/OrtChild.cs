using System.Diagnostics;
using System.Globalization;
using FlashMem.Benchmarks.Support;
using FlashMem.Runtime.Memory;
using Microsoft.ML.OnnxRuntime;

namespace FlashMem.Benchmarks.OnnxRuntime;

/// <summary>
/// One ONNX Runtime process: loads a model, runs it, and prints its figures. It prints <c>first</c> the moment the first outputs are
/// there, so that the parent can time the start without the teardown.
/// </summary>
internal static class OrtChild
{
    public const string Verb = "onnxruntime-child";

    public static int Run(string[] args)
    {
        string model = args[0];
        int iterations = int.Parse(args[1], CultureInfo.InvariantCulture);
        string mode = args[2];

        using var options = new SessionOptions { IntraOpNumThreads = 2, InterOpNumThreads = 1 };
        if (mode != "default")
        {
            options.AddSessionConfigEntry("session.disable_prepacking", "1");
            options.EnableCpuMemArena = false;
        }

        if (mode == "mapped, no folding")
        {
            // Folding would hold a transposed copy of the vocabulary projection (412 MB for gptneo-1.3b) in anonymous memory.
            options.AddSessionConfigEntry("optimization.disable_specified_optimizers", "ConstantFolding");
        }

        using var session = new InferenceSession(model, options);
        Dictionary<string, OrtValue> inputs = session.InputMetadata.ToDictionary(input => input.Key, input => Input(input.Value));
        using var runOptions = new RunOptions();
        var times = new List<double>();
        for (int i = 0; i <= iterations; i++)
        {
            long start = Stopwatch.GetTimestamp();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(runOptions, inputs, session.OutputNames);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (i == 0)
            {
                Console.WriteLine("first");
            }
        }

        Console.WriteLine(new ProcessFigures(times[0], Median.Of(times.Skip(1)), ProcessMemory.Read()).ToLine());
        return 0;
    }

    private static OrtValue Input(NodeMetadata metadata)
    {
        long[] shape = [.. metadata.Dimensions.Select(dim => (long)dim)];
        int count = (int)shape.Aggregate(1L, (product, dim) => product * dim);
        return metadata.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64
            ? OrtValue.CreateTensorValueFromMemory(Enumerable.Range(0, count).Select(i => (long)(i * 37 % 1000)).ToArray(), shape)
            : OrtValue.CreateTensorValueFromMemory(Enumerable.Range(0, count).Select(i => MathF.Sin(i * 0.37f)).ToArray(), shape);
    }
}
