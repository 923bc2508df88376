using System.Globalization;
using System.Text;

namespace FlashMem.Cli.Rendering.Plots;

/// <summary>A picture (SVG) of simulated lines, with measured points where there are any.</summary>
internal sealed class CurvePlot
{
    private const int Width = 720;
    private const int Height = 360;
    private const int Margin = 50;

    private static readonly string[] Colours = ["#1565c0", "#c62828", "#2e7d32", "#6a1b9a", "#ef6c00", "#00838f", "#5d4037"];

    private readonly string title;
    private readonly PlotAxis axis;
    private readonly double highest;
    private readonly StringBuilder body = new();
    private int curves;

    /// <param name="title">Above the picture, with the unit of the vertical axis.</param>
    /// <param name="axis">The horizontal axis.</param>
    /// <param name="highest">Top of the vertical axis, which starts at 0.</param>
    public CurvePlot(string title, PlotAxis axis, double highest)
    {
        this.title = title;
        this.axis = axis;
        this.highest = highest;
    }

    /// <summary>Adds a curve: dots where measured, a line through the simulated values.</summary>
    public void Add(string name, IReadOnlyList<(double At, double? Measured, double Simulated)> points)
    {
        string colour = Colours[curves % Colours.Length];
        string line = string.Join(' ', points.Select(point => Invariant($"{X(point.At):0.0},{Y(point.Simulated):0.0}")));
        body.AppendLine(Invariant($"<polyline points=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"));
        bool isMeasured = false;
        foreach ((double at, double? value, _) in points)
        {
            if (value is { } measured)
            {
                isMeasured = true;
                body.AppendLine(Invariant($"<circle cx=\"{X(at):0.0}\" cy=\"{Y(measured):0.0}\" r=\"3\" fill=\"{colour}\"/>"));
            }
        }

        string label = isMeasured ? $"{name}: dots measured, line simulated" : name;
        body.AppendLine(Invariant(
            $"<text x=\"{Width - Margin}\" y=\"{Margin + (18 * curves)}\" text-anchor=\"end\" fill=\"{colour}\">{label}</text>"));
        curves++;
    }

    /// <summary>Adds a dashed line across the picture.</summary>
    public void AddLimit(double value) => body.AppendLine(Invariant(
        $"<path d=\"M{Margin} {Y(value):0.0}H{Width - Margin}\" stroke=\"#555\" stroke-dasharray=\"5 4\"/>"));

    public void Write(string path) => File.WriteAllText(path, ToString());

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(Invariant(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">"));
        text.AppendLine(Invariant($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/><text x=\"{Margin}\" y=\"24\">{title}</text>"));
        foreach ((double value, string label) in axis.Ticks())
        {
            text.AppendLine(Invariant(
                $"<text x=\"{X(value):0.0}\" y=\"{Height - Margin + 18}\" text-anchor=\"middle\">{label}</text>"));
        }

        for (int i = 0; i <= 4; i++)
        {
            double value = highest * i / 4;
            text.AppendLine(Invariant(
                $"<line x1=\"{Margin}\" x2=\"{Width - Margin}\" y1=\"{Y(value):0.0}\" y2=\"{Y(value):0.0}\" stroke=\"#ddd\"/>"));
            text.AppendLine(Invariant($"<text x=\"{Margin - 6}\" y=\"{Y(value) + 4:0.0}\" text-anchor=\"end\">{value:0}</text>"));
        }

        return text.Append(body).AppendLine("</svg>").ToString();
    }

    private double X(double value) => Margin + ((Width - (2 * Margin)) * axis.Part(value));

    private double Y(double value) => Height - Margin - ((Height - (2 * Margin)) * value / highest);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
