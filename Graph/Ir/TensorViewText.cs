using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Ir;

/// <summary>Reads back what <see cref="TensorView.ToString"/> writes. Views repeat a lot in a graph, so equal texts share one view.</summary>
internal sealed class TensorViewText
{
    private readonly Dictionary<string, TensorView> seen = new(StringComparer.Ordinal);

    public TensorView Parse(ReadOnlySpan<char> text)
    {
        Dictionary<string, TensorView>.AlternateLookup<ReadOnlySpan<char>> lookup = seen.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(text, out TensorView? view))
        {
            lookup[text] = view = ParseNew(text);
        }

        return view;
    }

    private static TensorView ParseNew(ReadOnlySpan<char> text)
    {
        int at = text.IndexOf('@');
        int bracket = text.IndexOf('[');
        bracket = bracket < 0 ? text.Length : bracket;
        if (at < 0 || at > bracket || !TryType(text[..at], out ElementType type) || !long.TryParse(text[(at + 1)..bracket], out long offset))
        {
            throw Malformed(text);
        }

        var axes = new List<List<ViewFactor>>();
        ReadOnlySpan<char> rest = text[bracket..];
        while (rest.Length > 0)
        {
            int end = rest.IndexOf(']');
            if (rest[0] != '[' || end < 0)
            {
                throw Malformed(text);
            }

            axes.Add(Factors(rest[1..end], text));
            rest = rest[(end + 1)..];
        }

        return TensorView.FromFactors(type, axes, offset);
    }

    /// <summary>Element type by its name.</summary>
    public static bool TryType(ReadOnlySpan<char> name, out ElementType type)
    {
        // The two types of activations, so that the common case needs no look-up by reflection.
        if (name is "Float32" or "Int32")
        {
            type = name[0] == 'F' ? ElementType.Float32 : ElementType.Int32;
            return true;
        }

        return Enum.TryParse(name, out type);
    }

    private static List<ViewFactor> Factors(ReadOnlySpan<char> axis, ReadOnlySpan<char> text)
    {
        var factors = new List<ViewFactor>();
        foreach (Range range in axis.Split(' '))
        {
            ReadOnlySpan<char> factor = axis[range];
            if (factor.IsEmpty)
            {
                continue;
            }

            int colon = factor.IndexOf(':');
            if (colon < 0 || !long.TryParse(factor[..colon], out long extent) || !long.TryParse(factor[(colon + 1)..], out long stride))
            {
                throw Malformed(text);
            }

            factors.Add(new ViewFactor(extent, stride));
        }

        return factors;
    }

    private static ModelException Malformed(ReadOnlySpan<char> text) => new($"kernel graph: malformed view '{text}'");
}
