using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Simplification;

/// <summary>
/// Merges nodes that compute the same from the same inputs: exporters spell x - mean twice in a layer normalisation. Nodes with several
/// outputs or with tensors as attributes stay.
/// </summary>
internal sealed class CommonSubexpressionPass : IGraphPass
{
    private const int LargestComparedBytes = 64;

    public string Name => "common subexpressions";

    public ModelGraph Run(ModelGraph graph)
    {
        var editor = new GraphEditor(graph);
        var known = new Dictionary<string, NodeSlot>(graph.Nodes.Length);
        var identities = new Dictionary<string, string>(graph.Constants.Count);
        foreach (NodeSlot slot in editor.Slots)
        {
            if (slot.IsRemoved || Key(slot.Node, input => Identity(editor, identities, input)) is not { } key)
            {
                continue;
            }

            if (!known.TryAdd(key, slot))
            {
                editor.TryForward(slot, known[key].Node.Outputs[0]);
            }
        }

        return editor.Finish();
    }

    /// <summary>
    /// The name of a value; for a small constant its content, because exporters repeat axes and scalars under many names.
    /// </summary>
    private static string Identity(GraphEditor editor, Dictionary<string, string> known, string value)
    {
        if (!known.TryGetValue(value, out string? identity))
        {
            identity = editor.Constant(value) is { } constant && constant.Bytes.Length <= LargestComparedBytes
                ? $"{constant.Type}{constant.Shape}{Convert.ToHexString(constant.Bytes.AsSpan())}"
                : value;
            known[value] = identity;
        }

        return identity;
    }

    private static string? Key(Node node, Func<string, string> identity)
    {
        // Random operators and dropout differ between calls.
        bool isRandom = node.OpType.StartsWith("Random", StringComparison.Ordinal) || node.OpType is "Bernoulli" or "Dropout";
        if (node.Outputs.Length != 1 || isRandom)
        {
            return null;
        }

        var key = new StringBuilder(node.Domain).Append(':').Append(node.OpType);
        foreach (string input in node.Inputs)
        {
            key.Append('|').Append(identity(input));
        }

        foreach ((string name, object value) in node.Attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal))
        {
            string? text = value switch
            {
                long integer => integer.ToString(CultureInfo.InvariantCulture),
                float real => real.ToString("R", CultureInfo.InvariantCulture),
                string word => word,
                ImmutableArray<long> integers => string.Join(',', integers),
                ImmutableArray<float> reals => string.Join(',', reals.Select(real => real.ToString("R", CultureInfo.InvariantCulture))),
                _ => null,
            };
            if (text is null)
            {
                return null;
            }

            key.Append('#').Append(name).Append('=').Append(text);
        }

        return key.ToString();
    }
}
