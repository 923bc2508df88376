using FlashMem.Runtime.Sessions;

namespace FlashMem.Cli.Rendering;

/// <summary>
/// Compares a device's outputs with the host's. The two sum in different orders, so equal bits are not asked for: the root mean square of
/// an output's differences may be <see cref="Tolerance"/> of the root mean square of the output. Integers must be equal.
/// </summary>
/// <remarks>
/// Most models come within 1e-5; GPT-Neo's unscaled attention enlarges differences of the last bit to 1e-3 (as it does between ONNX Runtime
/// with fp32 weights and with rounded ones). A kernel that reads one wrong element shows as 1e-2 and more.
/// </remarks>
internal static class HostAgreement
{
    public const double Tolerance = 5e-3;

    public static VerifyCheck Check(IReadOnlyDictionary<string, Tensor> host, IReadOnlyDictionary<string, Tensor> device)
    {
        const string Name = "agrees with host";
        double worst = 0;
        foreach ((string output, Tensor expected) in host)
        {
            Tensor actual = device[output];
            if (expected is not Tensor<float> reals)
            {
                if (!expected.Bytes.SequenceEqual(actual.Bytes))
                {
                    return new VerifyCheck(Name, false, $"integers of output '{output}' differ");
                }

                continue;
            }

            double difference = RelativeDifference(reals.Data.Span, ((Tensor<float>)actual).Data.Span);
            if (!(difference <= Tolerance))
            {
                return new VerifyCheck(Name, false, $"output '{output}' differs by {difference:g2} (root mean square), allowed {Tolerance}");
            }

            worst = Math.Max(worst, difference);
        }

        return new VerifyCheck(Name, true, $"within {worst:g2} (root mean square), allowed {Tolerance}");
    }

    /// <summary>Root mean square of the differences over that of the expected values; NaN anywhere gives NaN.</summary>
    private static double RelativeDifference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double differences = 0;
        double squares = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double apart = (double)expected[i] - actual[i];
            differences += apart * apart;
            squares += (double)expected[i] * expected[i];
        }

        return differences == 0 ? 0 : Math.Sqrt(differences / squares);
    }
}
