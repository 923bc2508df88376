using System.Collections.Immutable;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Passes.Simplification;

/// <summary>Removes nodes that no graph output needs, and constants, weights and value infos that nothing names any more.</summary>
internal sealed class DeadNodePass : IGraphPass
{
    public string Name => "dead nodes";

    public ModelGraph Run(ModelGraph graph)
    {
        HashSet<string> needed = [.. graph.Outputs.Select(output => output.Name)];
        var alive = new List<Node>(graph.Nodes.Length);
        for (int i = graph.Nodes.Length - 1; i >= 0; i--)
        {
            Node node = graph.Nodes[i];
            if (node.Outputs.Any(needed.Contains))
            {
                needed.UnionWith(node.Inputs.Where(input => input.Length > 0));
                alive.Add(node);
            }
        }

        alive.Reverse();
        HashSet<string> named = [.. needed, .. graph.Inputs.Select(input => input.Name), .. alive.SelectMany(node => node.Outputs)];
        ImmutableDictionary<string, ConstantTensor> constants = Keep(graph.Constants, needed);
        ImmutableDictionary<string, WeightRef> weights = Keep(graph.Weights, needed);
        ImmutableDictionary<string, ValueInfo> values = Keep(graph.Values, named);
        bool unchanged = alive.Count == graph.Nodes.Length && constants == graph.Constants && weights == graph.Weights
            && values == graph.Values;
        return unchanged ? graph : graph with { Nodes = [.. alive], Constants = constants, Weights = weights, Values = values };
    }

    private static ImmutableDictionary<string, T> Keep<T>(ImmutableDictionary<string, T> all, HashSet<string> names)
    {
        string[] dropped = [.. all.Keys.Where(name => !names.Contains(name))];
        return dropped.Length == 0 ? all : all.RemoveRange(dropped);
    }
}
