using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;

namespace FlashMem.Tests.Support;

/// <summary>Compares tensors with the tolerance of the ONNX operator cases.</summary>
internal static class TensorComparison
{
    public const double RelativeTolerance = 1e-3;
    public const double AbsoluteTolerance = 1e-7;

    /// <summary>What differs first; null when the tensors agree.</summary>
    public static string? Difference(
        ConstantTensor expected, ConstantTensor actual, double relative = RelativeTolerance, double absolute = AbsoluteTolerance)
    {
        if (expected.Type != actual.Type || expected.Shape != actual.Shape)
        {
            return $"expected {expected.Type} {expected.Shape}, got {actual.Type} {actual.Shape}";
        }

        if (!expected.Type.IsFloat())
        {
            return expected.Bytes.AsSpan().SequenceEqual(actual.Bytes.AsSpan()) ? null : "integers differ";
        }

        double[] wanted = expected.ToDouble();
        double[] given = actual.ToDouble();
        for (int i = 0; i < wanted.Length; i++)
        {
            bool close = wanted[i].Equals(given[i]) || Math.Abs(wanted[i] - given[i]) <= absolute + (relative * Math.Abs(wanted[i]));
            if (!close)
            {
                return $"element {i}: expected {wanted[i]}, got {given[i]}";
            }
        }

        return null;
    }
}
