using System.Globalization;
using FlashMem.Benchmarks.Support;

namespace FlashMem.Benchmarks.OpenCl;

/// <summary>MNN on this machine: a folder with <c>mnn-driver</c>, <c>NAME.mnn</c> and <c>NAME.MODE.cache</c> (docs/opencl.md).</summary>
internal sealed class MnnDriver(string folder)
{
    /// <summary>Buffers without tuning (65) and with fast tuning (80): MNN's best here of those tried.</summary>
    public static IReadOnlyList<int> Modes { get; } = [65, 80];

    /// <summary>One process to its first result, one that goes on.</summary>
    /// <exception cref="InvalidOperationException">The driver failed or printed something else.</exception>
    public EngineSample Measure(string model, int mode, int iterations)
    {
        ChildProcess.Result once = Run(model, mode, 0);
        ChildProcess.Result many = Run(model, mode, iterations);
        (_, double onceBytes) = Steady(once);
        (double steadyMs, double manyBytes) = Steady(many);
        return new EngineSample(once.FirstLineMs, steadyMs, Math.Max(onceBytes, manyBytes) / 1e6);
    }

    private ChildProcess.Result Run(string model, int mode, int iterations) => ChildProcess.Run(
        Path.Combine(folder, "mnn-driver"),
        [Path.Combine(folder, $"{model}.mnn"), Path.Combine(folder, $"{model}.{mode}.cache"), $"{mode}", $"{iterations}"],
        null,
        line => line.StartsWith("first ", StringComparison.Ordinal));

    private static (double Ms, double Bytes) Steady(ChildProcess.Result result)
    {
        string? line = result.Output.Split('\n').FirstOrDefault(line => line.StartsWith("steady ", StringComparison.Ordinal));
        return line?.Split(' ') is [_, string ms, string bytes]
            ? (double.Parse(ms, CultureInfo.InvariantCulture), double.Parse(bytes, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"mnn-driver printed no figures: {result.Output}");
    }
}
