using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Options;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Cli.Rendering;

/// <summary>The checks that verification is made of.</summary>
internal static class VerifyChecks
{
    /// <summary>Two runs gave the same outputs, bit by bit.</summary>
    public static VerifyCheck SameBits(
        string name, IReadOnlyDictionary<string, Tensor> expected, IReadOnlyDictionary<string, Tensor> actual)
    {
        foreach ((string output, Tensor tensor) in expected)
        {
            ReadOnlySpan<byte> other = actual[output].Bytes;
            int common = tensor.Bytes.CommonPrefixLength(other);
            if (common != tensor.Bytes.Length)
            {
                return new VerifyCheck(name, false, $"output '{output}' differs from byte {common} on");
            }
        }

        return new VerifyCheck(name, true, $"{expected.Count} output(s), every bit");
    }

    public static VerifyCheck AtMost(string name, long value, long limit) =>
        new(name, value <= limit, $"{ByteSize.Format(value)} of {ByteSize.Format(limit)}");

    /// <summary>No real output is infinite or no number.</summary>
    public static VerifyCheck Finite(string name, IReadOnlyDictionary<string, Tensor> outputs)
    {
        foreach ((string output, Tensor tensor) in outputs)
        {
            if (tensor is Tensor<float> floats)
            {
                int at = floats.Data.Span.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
                if (at >= 0)
                {
                    return new VerifyCheck(name, false, $"output '{output}' has {floats.Data.Span[at]} at element {at}");
                }
            }
        }

        return new VerifyCheck(name, true, "all");
    }

    /// <exception cref="VerificationException">A check failed; names it.</exception>
    public static void Require(string model, IReadOnlyList<VerifyCheck> checks)
    {
        if (checks.Any(check => !check.Passed))
        {
            throw new VerificationException($"verification of {model} failed: "
                + string.Join("; ", checks.Where(check => !check.Passed).Select(check => $"{check.Name}: {check.Detail}")));
        }
    }
}
