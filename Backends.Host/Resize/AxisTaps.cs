using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.Host.Resize;

/// <summary>
/// For every output coordinate of one axis: which input coordinates it reads and with what weights (ONNX Resize). Outside coordinates
/// are clamped to the edge.
/// </summary>
internal sealed class AxisTaps
{
    private AxisTaps(int tapsPerOutput, int[] positions, float[] weights)
    {
        TapsPerOutput = tapsPerOutput;
        Positions = positions;
        Weights = weights;
    }

    public int TapsPerOutput { get; }

    /// <summary>Input coordinates, <see cref="TapsPerOutput"/> per output coordinate.</summary>
    public int[] Positions { get; }

    public float[] Weights { get; }

    public static AxisTaps Create(ResizeKernel desc, int input, int output, float scale)
    {
        int taps = desc.Mode switch { ResizeMode.Nearest => 1, ResizeMode.Linear => 2, _ => 4 };
        var positions = new int[output * taps];
        var weights = new float[output * taps];
        for (int i = 0; i < output; i++)
        {
            double x = Coordinate(desc.Transform, i, input, output, scale);
            Span<int> at = positions.AsSpan(i * taps, taps);
            Span<float> by = weights.AsSpan(i * taps, taps);
            switch (desc.Mode)
            {
                case ResizeMode.Nearest:
                    at[0] = Math.Clamp(Nearest(desc.Rounding, x), 0, input - 1);
                    by[0] = 1;
                    break;
                case ResizeMode.Linear:
                    Linear(x, input, at, by);
                    break;
                default:
                    Cubic(desc, x, input, at, by);
                    break;
            }
        }

        return new AxisTaps(taps, positions, weights);
    }

    private static double Coordinate(CoordinateTransform transform, int x, int input, int output, float scale)
    {
        double outputLength = (double)scale * input;
        return transform switch
        {
            CoordinateTransform.Asymmetric => x / (double)scale,
            CoordinateTransform.AlignCorners => output == 1 ? 0 : x * (double)(input - 1) / (outputLength - 1),
            CoordinateTransform.PytorchHalfPixel => outputLength > 1 ? ((x + 0.5) / scale) - 0.5 : 0,
            CoordinateTransform.HalfPixelSymmetric => (input / 2.0 * (1 - (output / outputLength))) + ((x + 0.5) / scale) - 0.5,
            _ => ((x + 0.5) / scale) - 0.5,
        };
    }

    private static int Nearest(NearestRounding rounding, double x) => rounding switch
    {
        NearestRounding.Floor => (int)Math.Floor(x),
        NearestRounding.Ceil => (int)Math.Ceiling(x),
        NearestRounding.RoundPreferCeil => (int)Math.Floor(x + 0.5),
        _ => (int)Math.Ceiling(x - 0.5),
    };

    private static void Linear(double x, int input, Span<int> positions, Span<float> weights)
    {
        int floor = (int)Math.Floor(x);
        double fraction = x - floor;
        positions[0] = Math.Clamp(floor, 0, input - 1);
        positions[1] = Math.Clamp(floor + 1, 0, input - 1);
        weights[0] = (float)(1 - fraction);
        weights[1] = (float)fraction;
    }

    // Keys' cubic convolution with the model's coefficient.
    private static void Cubic(ResizeKernel desc, double x, int input, Span<int> positions, Span<float> weights)
    {
        double a = desc.CubicCoefficient;
        int floor = (int)Math.Floor(x);
        double t = x - floor;
        Span<double> exact =
        [
            (((((a * (t + 1)) - (5 * a)) * (t + 1)) + (8 * a)) * (t + 1)) - (4 * a),
            ((((a + 2) * t) - (a + 3)) * t * t) + 1,
            ((((a + 2) * (1 - t)) - (a + 3)) * (1 - t) * (1 - t)) + 1,
            (((((a * (2 - t)) - (5 * a)) * (2 - t)) + (8 * a)) * (2 - t)) - (4 * a),
        ];
        double sum = 0;
        for (int k = 0; k < 4; k++)
        {
            int position = floor - 1 + k;
            if (desc.ExcludeOutside && (position < 0 || position >= input))
            {
                exact[k] = 0;
            }

            sum += exact[k];
            positions[k] = Math.Clamp(position, 0, input - 1);
        }

        for (int k = 0; k < 4; k++)
        {
            weights[k] = (float)(desc.ExcludeOutside ? exact[k] / sum : exact[k]);
        }
    }
}
