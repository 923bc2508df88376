using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Support;

/// <summary>Resampling as the ONNX operator page defines it, one axis after the other.</summary>
internal static class ReferenceResize
{
    public static double[] Run(ResizeKernel desc, double[] tensor)
    {
        Shape x = desc.Inputs[0].Shape;
        Shape y = desc.Output.Shape;
        var results = new double[y.ElementCount];
        long at = 0;
        for (long plane = 0; plane < y[0] * y[1]; plane++)
        {
            for (long row = 0; row < y[2]; row++)
            {
                (long Index, double Weight)[] rows = Taps(desc, row, x[2], y[2], desc.ScaleHeight);
                for (long column = 0; column < y[3]; column++)
                {
                    double sum = 0;
                    foreach ((long w, double across) in Taps(desc, column, x[3], y[3], desc.ScaleWidth))
                    {
                        foreach ((long h, double down) in rows)
                        {
                            sum += across * down * tensor[(((plane * x[2]) + h) * x[3]) + w];
                        }
                    }

                    results[at++] = sum;
                }
            }
        }

        return results;
    }

    private static (long Index, double Weight)[] Taps(ResizeKernel desc, long position, long input, long output, float scale)
    {
        double length = (double)scale * input;
        double source = desc.Transform switch
        {
            CoordinateTransform.AlignCorners => length == 1 ? 0 : position * (input - 1) / (length - 1),
            CoordinateTransform.Asymmetric => position / (double)scale,
            CoordinateTransform.PytorchHalfPixel when output == 1 => -0.5,
            CoordinateTransform.HalfPixelSymmetric => (input / 2.0 * (1 - (output / length))) + ((position + 0.5) / scale) - 0.5,
            _ => ((position + 0.5) / scale) - 0.5,
        };
        double floor = Math.Floor(source);
        double ratio = source - floor;
        (long Index, double Weight)[] taps = desc.Mode switch
        {
            ResizeMode.Nearest => [((long)Round(desc.Rounding, source), 1)],
            ResizeMode.Linear => [((long)floor, 1 - ratio), ((long)floor + 1, ratio)],
            _ => Cubic((long)floor, ratio, desc.CubicCoefficient),
        };
        if (desc.ExcludeOutside && desc.Mode != ResizeMode.Nearest)
        {
            taps = [.. taps.Where(tap => tap.Index >= 0 && tap.Index < input)];
            double sum = taps.Sum(tap => tap.Weight);
            return [.. taps.Select(tap => (tap.Index, tap.Weight / sum))];
        }

        return [.. taps.Select(tap => (Math.Clamp(tap.Index, 0, input - 1), tap.Weight))];
    }

    private static double Round(NearestRounding rounding, double position) => rounding switch
    {
        NearestRounding.RoundPreferFloor => Math.Ceiling(position - 0.5),
        NearestRounding.RoundPreferCeil => Math.Floor(position + 0.5),
        NearestRounding.Floor => Math.Floor(position),
        _ => Math.Ceiling(position),
    };

    private static (long Index, double Weight)[] Cubic(long floor, double ratio, double a)
    {
        return [(floor - 1, Far(ratio + 1)), (floor, Near(ratio)), (floor + 1, Near(1 - ratio)), (floor + 2, Far(2 - ratio))];

        double Near(double t) => ((((a + 2) * t) - (a + 3)) * t * t) + 1;

        double Far(double t) => ((((a * t) - (5 * a)) * t) + (8 * a)) * t - (4 * a);
    }
}
