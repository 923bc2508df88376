namespace FlashMem.Abstractions.Kernels;

/// <summary>
/// For every output coordinate of one axis: which input coordinates it reads and with what weights (ONNX Resize). Coordinates outside
/// the input are clamped to its edge. Every backend reads the same ones, so that all agree on which pixel is nearest. Made once, when a
/// kernel is compiled.
/// </summary>
public sealed class ResizeTaps
{
    private readonly int[] first;
    private readonly int[] positions;
    private readonly float[] weights;

    private ResizeTaps(int count, int[] first, int[] positions, float[] weights)
    {
        Count = count;
        this.first = first;
        this.positions = positions;
        this.weights = weights;
    }

    /// <summary>Taps per output coordinate.</summary>
    public int Count { get; }

    /// <summary>First input coordinate of every output coordinate, the others follow it; not clamped.</summary>
    public IReadOnlyList<int> First => first;

    /// <summary>Weights, <see cref="Count"/> per output coordinate.</summary>
    public IReadOnlyList<float> AllWeights => weights;

    /// <summary>Input coordinates that an output coordinate reads.</summary>
    public ReadOnlySpan<int> Positions(long output) => positions.AsSpan((int)output * Count, Count);

    /// <summary>Weights of the input coordinates.</summary>
    public ReadOnlySpan<float> Weights(long output) => weights.AsSpan((int)output * Count, Count);

    /// <param name="desc">The resampling.</param>
    /// <param name="input">Input coordinates.</param>
    /// <param name="output">Output coordinates.</param>
    /// <param name="scale">Scale as the model states it.</param>
    public static ResizeTaps Create(ResizeKernel desc, long input, long output, float scale)
    {
        ArgumentNullException.ThrowIfNull(desc);
        int count = desc.Mode switch { ResizeMode.Nearest => 1, ResizeMode.Linear => 2, _ => 4 };
        var starts = new int[output];
        var positions = new int[output * count];
        var weights = new float[output * count];
        Span<double> exact = stackalloc double[count];
        for (int i = 0; i < output; i++)
        {
            float at = Coordinate(desc.Transform, i, input, output, scale);
            int first = desc.Mode switch
            {
                ResizeMode.Nearest => Nearest(desc.Rounding, at),
                ResizeMode.Linear => Linear(at, exact),
                _ => Cubic(at, desc.CubicCoefficient, exact),
            };
            if (desc.Mode == ResizeMode.Nearest)
            {
                exact[0] = 1;
            }
            else if (desc.ExcludeOutside)
            {
                ExcludeOutside(first, input, exact);
            }

            starts[i] = first;
            for (int k = 0; k < count; k++)
            {
                positions[(i * count) + k] = (int)Math.Clamp(first + k, 0, input - 1);
                weights[(i * count) + k] = (float)exact[k];
            }
        }

        return new ResizeTaps(count, starts, positions, weights);
    }

    // In float as ONNX Runtime does it: whether a coordinate is just an integer decides what nearest reads.
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

    // Returns the first tap's coordinate.
    private static int Linear(float x, Span<double> weights)
    {
        float floor = MathF.Floor(x);
        weights[0] = 1 - (x - floor);
        weights[1] = x - floor;
        return (int)floor;
    }

    // Keys' cubic convolution with the model's coefficient.
    private static int Cubic(float x, double a, Span<double> weights)
    {
        float floor = MathF.Floor(x);
        double t = x - floor;
        weights[0] = Far(t + 1);
        weights[1] = Near(t);
        weights[2] = Near(1 - t);
        weights[3] = Far(2 - t);
        return (int)floor - 1;

        double Near(double distance) => ((((a + 2) * distance) - (a + 3)) * distance * distance) + 1;

        double Far(double distance) => (((((a * distance) - (5 * a)) * distance) + (8 * a)) * distance) - (4 * a);
    }

    private static void ExcludeOutside(int first, long input, Span<double> weights)
    {
        double sum = 0;
        for (int k = 0; k < weights.Length; k++)
        {
            weights[k] = first + k < 0 || first + k >= input ? 0 : weights[k];
            sum += weights[k];
        }

        for (int k = 0; k < weights.Length; k++)
        {
            weights[k] /= sum;
        }
    }
}
