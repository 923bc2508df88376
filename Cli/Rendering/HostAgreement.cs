using FlashMem.Runtime.Sessions;

namespace FlashMem.Cli.Rendering;

/// <summary>
/// Compares a device's outputs with the host's. The two sum in different orders, so equal bits are not asked for: the largest difference
/// of an output may be <see cref="Tolerance"/> of its largest magnitude. Integers must be equal.
/// </summary>
internal static class HostAgreement
{
    public const double Tolerance = 1e-3;

    public static VerifyCheck Check(RunResult host, RunResult device)
    {
        const string Name = "agrees with host";
        double worst = 0;
        foreach ((string output, Tensor expected) in host.Outputs)
        {
            Tensor actual = device.Outputs[output];
            if (expected is not Tensor<float> reals)
            {
                if (!expected.Bytes.SequenceEqual(actual.Bytes))
                {
                    return new VerifyCheck(Name, false, $"integers of output '{output}' differ");
                }

                continue;
            }

            (double difference, int at) = Largest(reals.Data.Span, ((Tensor<float>)actual).Data.Span);
            if (!(difference <= Tolerance))
            {
                return new VerifyCheck(
                    Name, false, $"output '{output}' differs by {difference:g3} of its largest magnitude at element {at}, allowed {Tolerance}");
            }

            worst = Math.Max(worst, difference);
        }

        return new VerifyCheck(Name, true, $"largest difference {worst:g2} of the largest magnitude, allowed {Tolerance}");
    }

    /// <summary>Largest difference over largest magnitude, and where; NaN anywhere gives NaN.</summary>
    private static (double Difference, int At) Largest(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double magnitude = 0;
        double difference = 0;
        int at = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double apart = Math.Abs((double)expected[i] - actual[i]);
            if (double.IsNaN(apart))
            {
                return (double.NaN, i);
            }

            magnitude = Math.Max(magnitude, Math.Abs(expected[i]));
            if (apart > difference)
            {
                (difference, at) = (apart, i);
            }
        }

        return (difference == 0 ? 0 : difference / magnitude, at);
    }
}
