using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Passes.Normalization.Einsum;

/// <summary>
/// An Einsum equation with one label per axis. Axes under an ellipsis get labels of their own, counted from the right so that operands of
/// different rank line up.
/// </summary>
/// <param name="Inputs">Labels of every operand's axes.</param>
/// <param name="Output">Labels of the result's axes.</param>
internal sealed record EinsumEquation(IReadOnlyList<string> Inputs, string Output)
{
    /// <summary>Label of the last axis under an ellipsis; the one before it is the next character, and so on.</summary>
    private const char FirstEllipsisLabel = '\uE000';

    public static EinsumEquation Parse(Node node, string equation, IReadOnlyList<int> ranks)
    {
        string[] sides = equation.Replace(" ", "", StringComparison.Ordinal).Split("->");
        string[] terms = sides[0].Split(',');
        if (sides.Length > 2 || terms.Length != ranks.Count)
        {
            throw Unsupported(node, equation, $"it has {terms.Length} terms for {ranks.Count} inputs");
        }

        var inputs = new string[terms.Length];
        int widest = 0;
        for (int i = 0; i < terms.Length; i++)
        {
            int hidden = ranks[i] - terms[i].Replace("...", "", StringComparison.Ordinal).Length;
            bool hasEllipsis = terms[i].Contains("...", StringComparison.Ordinal);
            if (hidden < 0 || (hidden > 0 && !hasEllipsis))
            {
                throw Unsupported(node, equation, $"term '{terms[i]}' does not fit rank {ranks[i]}");
            }

            inputs[i] = terms[i].Replace("...", Ellipsis(hidden), StringComparison.Ordinal);
            widest = Math.Max(widest, hidden);
            if (inputs[i].Distinct().Count() != inputs[i].Length)
            {
                throw Unsupported(node, equation, $"term '{terms[i]}' takes a diagonal");
            }
        }

        string output = sides.Length == 2 ? sides[1].Replace("...", Ellipsis(widest), StringComparison.Ordinal) : Implied(inputs, widest);
        if (output.Distinct().Count() != output.Length || output.Any(label => !inputs.Any(input => input.Contains(label))))
        {
            throw Unsupported(node, equation, $"result '{sides[^1]}' repeats a label or names an unknown one");
        }

        return new EinsumEquation(inputs, output);
    }

    public static ModelException Unsupported(Node node, string equation, string reason) =>
        new($"{node}: equation '{equation}' is not supported: {reason}");

    private static string Ellipsis(int axes) =>
        string.Concat(Enumerable.Range(0, axes).Reverse().Select(i => (char)(FirstEllipsisLabel + i)));

    /// <summary>Without "->" the result has the ellipsis, then the labels that occur once, in alphabetical order.</summary>
    private static string Implied(string[] inputs, int widest)
    {
        IEnumerable<char> once = string.Concat(inputs).GroupBy(label => label)
            .Where(group => group.Count() == 1).Select(group => group.Key);
        return Ellipsis(widest) + string.Concat(once.Where(label => label < FirstEllipsisLabel).Order());
    }
}
