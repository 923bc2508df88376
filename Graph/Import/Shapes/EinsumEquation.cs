using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>
/// A parsed Einsum equation: one label per axis. The axes of an ellipsis get labels of their own, aligned at their right end.
/// </summary>
/// <param name="Inputs">Labels of every input's axes.</param>
/// <param name="Output">Labels of the output's axes.</param>
/// <param name="Extents">Extent of every label (the largest where a 1 broadcasts).</param>
internal sealed record EinsumEquation(
    ImmutableArray<ImmutableArray<char>> Inputs, ImmutableArray<char> Output, ImmutableDictionary<char, long> Extents)
{
    /// <summary>First label of an ellipsis' axes, counted from the right; outside the letters that an equation may use.</summary>
    public const char EllipsisLabel = '\uE000';

    private const string Ellipsis = "...";

    /// <summary>Parses the equation of the Einsum node under inference.</summary>
    public static EinsumEquation Parse(ShapeContext c)
    {
        string text = string.Concat(c.Attribute("equation", "").Where(letter => letter != ' '));
        string[] sides = text.Split("->");
        c.Require(sides.Length is 1 or 2, $"equation '{text}' has more than one arrow");
        string[] terms = sides[0].Split(',');
        c.Require(terms.Length == c.InputCount, $"equation '{text}' has {terms.Length} terms for {c.InputCount} inputs");
        var extents = ImmutableDictionary.CreateBuilder<char, long>();
        var inputs = ImmutableArray.CreateBuilder<ImmutableArray<char>>(terms.Length);
        int ellipsisRank = 0;
        for (int i = 0; i < terms.Length; i++)
        {
            c.Require(c.Has(i), $"input {i} is missing");
            c.RequireSameType(0, i);
            Shape shape = c.Shape(i);
            int letters = Letters(c, text, terms[i]);
            int spread = terms[i].Contains(Ellipsis, StringComparison.Ordinal) ? shape.Rank - letters : 0;
            c.Require(spread >= 0 && letters + spread == shape.Rank, $"term '{terms[i]}' does not fit shape {shape}");
            ellipsisRank = Math.Max(ellipsisRank, spread);
            ImmutableArray<char> labels = Labels(terms[i], spread);
            for (int axis = 0; axis < shape.Rank; axis++)
            {
                long known = extents.GetValueOrDefault(labels[axis], 1);
                c.Require(
                    known == 1 || shape[axis] == 1 || known == shape[axis],
                    $"equation '{text}' joins extents {known} and {shape[axis]}");
                extents[labels[axis]] = known == 1 ? shape[axis] : known;
            }

            inputs.Add(labels);
        }

        ImmutableArray<char> output;
        if (sides.Length == 2)
        {
            Letters(c, text, sides[1]);
            output = Labels(sides[1], ellipsisRank);
        }
        else
        {
            // Implicit form: the ellipsis, then every letter that occurs once, in alphabetical order.
            IEnumerable<char> single = sides[0].Where(char.IsAsciiLetter).GroupBy(letter => letter)
                .Where(group => group.Count() == 1).Select(group => group.Key).Order();
            output = [.. Labels(Ellipsis, ellipsisRank), .. single];
        }

        c.Require(
            output.All(extents.ContainsKey) && output.Distinct().Count() == output.Length,
            $"equation '{text}' has an output label that no input has or one twice");
        return new EinsumEquation(inputs.MoveToImmutable(), output, extents.ToImmutable());
    }

    private static int Letters(ShapeContext c, string text, string term)
    {
        string rest = term;
        int at = term.IndexOf(Ellipsis, StringComparison.Ordinal);
        if (at >= 0)
        {
            rest = term.Remove(at, Ellipsis.Length);
        }

        c.Require(rest.All(char.IsAsciiLetter), $"equation '{text}' has a term '{term}' that is not made of letters and one ellipsis");
        return rest.Length;
    }

    private static ImmutableArray<char> Labels(string term, int spread)
    {
        var labels = ImmutableArray.CreateBuilder<char>();
        for (int i = 0; i < term.Length; i++)
        {
            if (term[i] != '.')
            {
                labels.Add(term[i]);
                continue;
            }

            for (int axis = spread - 1; axis >= 0; axis--)
            {
                labels.Add((char)(EllipsisLabel + axis));
            }

            i += Ellipsis.Length - 1;
        }

        return labels.ToImmutable();
    }
}
