using FlashMem.Runtime.Sessions;

namespace FlashMem.Cli.Rendering;

/// <summary>
/// Compares a device's outputs with the host's. The two sum in different orders, so equal bits are not asked for: the root mean square of
/// an output's differences may be <see cref="Tolerance"/> of the root mean square of the output. Integers must be equal. A device with
/// activations of halves may differ from the host in single precision some times as much as the host with halves does, if that is more.
/// </summary>
/// <remarks>
/// Most models come within 1e-5; GPT-Neo's unscaled attention enlarges differences of the last bit to 1e-3 (as it does between ONNX Runtime
/// with fp32 weights and with rounded ones). A kernel that reads one wrong element shows as 1e-2 and more. Where values are rounded to
/// halves, differences of the last bit become differences of a half's last bit here and there, from kernel to kernel more: two devices with
/// halves are as far from each other as from single precision.
/// </remarks>
internal static class HostAgreement
{
    private const double Tolerance = 5e-3;
    private const double HalvesFactor = 3;

    /// <param name="host">Outputs of the host in single precision.</param>
    /// <param name="halves">Outputs of the host with activations of halves; null where the device has none.</param>
    /// <param name="device">Outputs of the device.</param>
    public static VerifyCheck Check(
        IReadOnlyDictionary<string, Tensor> host, IReadOnlyDictionary<string, Tensor>? halves, IReadOnlyDictionary<string, Tensor> device)
    {
        const string Name = "agrees with host";
        double worst = 0;
        double most = Tolerance;
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
            double allowed = halves is null
                ? Tolerance
                : Math.Max(Tolerance, HalvesFactor * RelativeDifference(reals.Data.Span, ((Tensor<float>)halves[output]).Data.Span));
            if (!(difference <= allowed))
            {
                return new VerifyCheck(
                    Name, false, $"output '{output}' differs by {difference:g2} (root mean square), allowed {allowed:g2}");
            }

            (worst, most) = difference >= worst ? (difference, allowed) : (worst, most);
        }

        return new VerifyCheck(Name, true, $"within {worst:g2} (root mean square), allowed {most:g2}");
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
