using System.Globalization;
using System.Text;

namespace FlashMem.Benchmarks.Simulator;

/// <summary>A picture (SVG) of measured points and simulated lines over bytes on a logarithmic axis.</summary>
internal sealed class CurvePlot
{
    private const int Width = 720;
    private const int Height = 360;
    private const int Margin = 50;

    private readonly string title;
    private readonly double most;
    private readonly double least;
    private readonly double highest;
    private readonly StringBuilder body = new();
    private int curves;

    /// <param name="title">Above the picture, with the unit of the vertical axis.</param>
    /// <param name="least">Fewest bytes.</param>
    /// <param name="most">Most bytes.</param>
    /// <param name="highest">Top of the vertical axis, which starts at 0.</param>
    public CurvePlot(string title, double least, double most, double highest)
    {
        this.title = title;
        this.least = least;
        this.most = most;
        this.highest = highest;
    }

    /// <summary>Adds a curve: dots where measured, a line through the simulated values.</summary>
    public void Add(string name, IReadOnlyList<(double Bytes, double Measured, double Simulated)> points)
    {
        string colour = curves % 2 == 0 ? "#1565c0" : "#c62828";
        string line = string.Join(' ', points.Select(point => Invariant($"{X(point.Bytes):0.0},{Y(point.Simulated):0.0}")));
        body.AppendLine(Invariant($"<polyline points=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"));
        foreach ((double bytes, double measured, _) in points)
        {
            body.AppendLine(Invariant($"<circle cx=\"{X(bytes):0.0}\" cy=\"{Y(measured):0.0}\" r=\"3\" fill=\"{colour}\"/>"));
        }

        body.AppendLine(Invariant(
            $"<text x=\"{Width - Margin}\" y=\"{Margin + (18 * curves)}\" text-anchor=\"end\" fill=\"{colour}\">{name}: dots measured, line simulated</text>"));
        curves++;
    }

    public void Write(string path) => File.WriteAllText(path, ToString());

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(Invariant(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">"));
        text.AppendLine(Invariant($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/><text x=\"{Margin}\" y=\"24\">{title}</text>"));
        for (double bytes = Math.Pow(2, Math.Ceiling(Math.Log2(least))); bytes <= most; bytes *= 4)
        {
            text.AppendLine(Invariant(
                $"<text x=\"{X(bytes):0.0}\" y=\"{Height - Margin + 18}\" text-anchor=\"middle\">{Size(bytes)}</text>"));
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

    private double X(double bytes) =>
        Margin + ((Width - (2 * Margin)) * (Math.Log2(bytes) - Math.Log2(least)) / (Math.Log2(most) - Math.Log2(least)));

    private double Y(double value) => Height - Margin - ((Height - (2 * Margin)) * value / highest);

    private static string Size(double bytes) => bytes switch
    {
        >= 1 << 20 => Invariant($"{bytes / (1 << 20):0} MiB"),
        >= 1 << 10 => Invariant($"{bytes / (1 << 10):0} KiB"),
        _ => Invariant($"{bytes:0} B"),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
