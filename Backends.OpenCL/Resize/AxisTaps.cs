using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.OpenCL.Resize;

/// <summary>
/// For every output coordinate of one axis: which neighbouring input coordinates it reads and with what weights (ONNX Resize).
/// </summary>
/// <param name="Count">Input coordinates per output coordinate.</param>
/// <param name="First">First input coordinate of every output coordinate; those outside the input stand for its edge.</param>
/// <param name="Weights">Weights, <paramref name="Count"/> per output coordinate.</param>
internal sealed record AxisTaps(int Count, int[] First, float[] Weights)
{
    /// <param name="desc">The resampling.</param>
    /// <param name="input">Input coordinates.</param>
    /// <param name="output">Output coordinates.</param>
    /// <param name="scale">Scale as the model states it.</param>
    public static AxisTaps Create(ResizeKernel desc, long input, long output, float scale)
    {
        int count = desc.Mode switch { ResizeMode.Nearest => 1, ResizeMode.Linear => 2, _ => 4 };
        var first = new int[output];
        var weights = new float[output * count];
        for (int i = 0; i < output; i++)
        {
            float at = Coordinate(desc.Transform, i, input, output, scale);
            first[i] = desc.Mode switch
            {
                ResizeMode.Nearest => Nearest(desc.Rounding, at),
                ResizeMode.Linear => (int)MathF.Floor(at),
                _ => (int)MathF.Floor(at) - 1,
            };
            double[] exact = Exact(desc, at - MathF.Floor(at));
            if (desc.ExcludeOutside && desc.Mode != ResizeMode.Nearest)
            {
                exact = [.. exact.Select((weight, k) => first[i] + k < 0 || first[i] + k >= input ? 0 : weight)];
                double sum = exact.Sum();
                exact = [.. exact.Select(weight => weight / sum)];
            }

            for (int k = 0; k < count; k++)
            {
                weights[(i * count) + k] = (float)exact[k];
            }
        }

        return new AxisTaps(count, first, weights);
    }

    // In float, as it is commonly done: whether a coordinate is just an integer decides what nearest reads.
    private static float Coordinate(CoordinateTransform transform, int x, long input, long output, float scale) => transform switch
    {
        CoordinateTransform.Asymmetric => x / scale,
        CoordinateTransform.AlignCorners => output == 1 ? 0 : x * (float)(input - 1) / (output - 1),
        CoordinateTransform.PytorchHalfPixel => output > 1 ? ((x + 0.5f) / scale) - 0.5f : 0,
        CoordinateTransform.HalfPixelSymmetric =>
            (input / 2f * (1 - (output / (scale * input)))) + ((x + 0.5f) / scale) - 0.5f,
        _ => ((x + 0.5f) / scale) - 0.5f,
    };

    private static int Nearest(NearestRounding rounding, float x) => (int)(rounding switch
    {
        NearestRounding.Floor => MathF.Floor(x),
        NearestRounding.Ceil => MathF.Ceiling(x),
        NearestRounding.RoundPreferCeil => MathF.Floor(x + 0.5f),
        _ => MathF.Ceiling(x - 0.5f),
    });

    // Weights of the taps for a distance in [0, 1) behind the input coordinate before.
    private static double[] Exact(ResizeKernel desc, double t)
    {
        double a = desc.CubicCoefficient;
        return desc.Mode switch
        {
            ResizeMode.Nearest => [1],
            ResizeMode.Linear => [1 - t, t],
            _ => [Far(t + 1), Near(t), Near(1 - t), Far(2 - t)],
        };

        // Keys' cubic convolution with the model's coefficient.
        double Near(double distance) => ((((a + 2) * distance) - (a + 3)) * distance * distance) + 1;

        double Far(double distance) => (((((a * distance) - (5 * a)) * distance) + (8 * a)) * distance) - (4 * a);
    }
}
