using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Import.Shapes;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>What one output position of a resized axis is made of.</summary>
/// <param name="Weights">Input indices, within the axis, and their weights.</param>
/// <param name="Outside">The coordinate lies outside the input and takes the extrapolation value.</param>
internal readonly record struct ResizeTap(ImmutableArray<(int Index, double Weight)> Weights, bool Outside);

/// <summary>The one-dimensional resampling rule of a Resize or Upsample node.</summary>
internal sealed record ResizeFilter
{
    /// <summary>nearest, linear or cubic.</summary>
    public required string Mode { get; init; }

    /// <summary>How output positions map to input coordinates.</summary>
    public required string Coordinates { get; init; }

    /// <summary>Rounding of nearest.</summary>
    public required string Rounding { get; init; }

    /// <summary>Coefficient a of the cubic kernel.</summary>
    public required double CubicCoefficient { get; init; }

    /// <summary>Taps outside the input get no weight and the rest is scaled up.</summary>
    public required bool ExcludeOutside { get; init; }

    /// <summary>The kernel is widened when shrinking.</summary>
    public required bool Antialias { get; init; }

    public static ResizeFilter Of(Node node, int opset)
    {
        bool old = opset < 11 || node.OpType == "Upsample";
        string mode = node.Attribute("mode", "nearest");
        return new ResizeFilter
        {
            Mode = mode is "nearest" or "linear" or "cubic" ? mode : throw new ModelException($"{node}: mode '{mode}' is not known"),
            Coordinates = old ? "asymmetric" : node.Attribute("coordinate_transformation_mode", "half_pixel"),
            Rounding = old ? "floor" : node.Attribute("nearest_mode", "round_prefer_floor"),
            CubicCoefficient = node.Attribute("cubic_coeff_a", -0.75f),
            ExcludeOutside = node.Attribute("exclude_outside", 0) != 0,
            Antialias = node.Attribute("antialias", 0) != 0,
        };
    }

    /// <summary>True when an axis comes out as it went in.</summary>
    public bool Passes(ResizeAxis axis) => axis.Scale == 1 && axis.Input == axis.Output && Coordinates != "tf_crop_and_resize";

    /// <summary>The taps of every output position.</summary>
    public ResizeTap[] Taps(ResizeAxis axis)
    {
        var taps = new ResizeTap[axis.Output];
        for (int i = 0; i < taps.Length; i++)
        {
            double coordinate = Coordinate(axis, i);
            bool outside = Coordinates == "tf_crop_and_resize" && (coordinate < 0 || coordinate > axis.Input - 1);
            taps[i] = new ResizeTap(Mode == "nearest" ? Nearest(axis, coordinate) : Kernel(axis, coordinate), outside);
        }

        return taps;
    }

    private double Coordinate(ResizeAxis axis, int position)
    {
        double half = ((position + 0.5) / axis.Scale) - 0.5;
        switch (Coordinates)
        {
            case "half_pixel":
                return half;
            case "half_pixel_symmetric":
                // The true size may be fractional; what flooring cut off is shared between both ends.
                double adjustment = axis.Output / (axis.Scale * axis.Input);
                double centre = axis.Input / 2.0;
                return (centre * (1 - adjustment)) + half;
            case "pytorch_half_pixel":
                return axis.Output == 1 ? 0 : half;
            case "align_corners":
                double length = axis.Scale * axis.Input;
                return length == 1 ? 0 : position * (axis.Input - 1) / (length - 1);
            case "asymmetric":
                return position / axis.Scale;
            case "tf_half_pixel_for_nn":
                return (position + 0.5) / axis.Scale;
            case "tf_crop_and_resize":
                return axis.Output > 1
                    ? (axis.RoiStart * (axis.Input - 1)) + (position * (axis.RoiEnd - axis.RoiStart) * (axis.Input - 1) / (axis.Output - 1))
                    : 0.5 * (axis.RoiStart + axis.RoiEnd) * (axis.Input - 1);
            default:
                throw new ModelException($"Resize: coordinate_transformation_mode '{Coordinates}' is not known");
        }
    }

    private ImmutableArray<(int Index, double Weight)> Nearest(ResizeAxis axis, double coordinate)
    {
        double index = Rounding switch
        {
            "round_prefer_floor" => Math.Ceiling(coordinate - 0.5),
            "round_prefer_ceil" => Math.Floor(coordinate + 0.5),
            "floor" => Math.Floor(coordinate),
            "ceil" => Math.Ceiling(coordinate),
            _ => throw new ModelException($"Resize: nearest_mode '{Rounding}' is not known"),
        };
        return [((int)Math.Clamp(index, 0, axis.Input - 1), 1)];
    }

    private ImmutableArray<(int Index, double Weight)> Kernel(ResizeAxis axis, double coordinate)
    {
        double stretch = Antialias && axis.Scale < 1 ? 1 / axis.Scale : 1;
        double reach = (Mode == "linear" ? 1 : 2) * stretch;
        var weights = new SortedDictionary<int, double>();
        double total = 0;
        for (double index = Math.Floor(coordinate - reach) + 1; index <= Math.Floor(coordinate + reach); index++)
        {
            double distance = Math.Abs(coordinate - index) / stretch;
            double weight = Mode == "linear" ? Math.Max(0, 1 - distance) : Cubic(distance);
            bool inside = index >= 0 && index < axis.Input;
            if (!inside && ExcludeOutside)
            {
                continue;
            }

            int clamped = (int)Math.Clamp(index, 0, axis.Input - 1);
            weights[clamped] = weights.GetValueOrDefault(clamped) + weight;
            total += weight;
        }

        // A widened kernel's samples do not add up to 1 by themselves.
        double norm = (ExcludeOutside || Antialias) && total != 0 ? total : 1;
        return [.. weights.Select(pair => (pair.Key, pair.Value / norm))];
    }

    // Keys' cubic convolution kernel.
    private double Cubic(double x)
    {
        double a = CubicCoefficient;
        return x switch
        {
            <= 1 => ((((a + 2) * x) - (a + 3)) * x * x) + 1,
            < 2 => (((((a * x) - (5 * a)) * x) + (8 * a)) * x) - (4 * a),
            _ => 0,
        };
    }
}
