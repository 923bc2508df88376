using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Import;

/// <summary>
/// Orders nodes so that every value is made before it is read. Nodes that are in order already keep their order; a cycle or a value that
/// nothing makes is an error.
/// </summary>
internal static class TopologicalOrder
{
    /// <param name="model">Name for errors.</param>
    /// <param name="nodes">Nodes with distinct output names.</param>
    /// <param name="isGiven">True for names that exist before any node runs.</param>
    public static List<Node> Sort(string model, IReadOnlyList<Node> nodes, Func<string, bool> isGiven)
    {
        var producer = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string output in nodes[i].Outputs.Where(name => name.Length > 0))
            {
                producer.Add(output, i);
            }
        }

        var missing = new int[nodes.Count];
        var readers = new List<int>[nodes.Count];
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string input in nodes[i].Inputs.Where(name => name.Length > 0 && !isGiven(name)).Distinct(StringComparer.Ordinal))
            {
                if (!producer.TryGetValue(input, out int source))
                {
                    throw new ModelException($"{model}: input '{input}' of {nodes[i]} is not defined");
                }

                missing[i]++;
                (readers[source] ??= []).Add(i);
            }
        }

        // The smallest ready index first: an ordered file keeps its order.
        var ready = new PriorityQueue<int, int>();
        for (int i = 0; i < nodes.Count; i++)
        {
            if (missing[i] == 0)
            {
                ready.Enqueue(i, i);
            }
        }

        var order = new List<Node>(nodes.Count);
        while (ready.TryDequeue(out int index, out _))
        {
            order.Add(nodes[index]);
            foreach (int reader in readers[index] ?? [])
            {
                if (--missing[reader] == 0)
                {
                    ready.Enqueue(reader, reader);
                }
            }
        }

        if (order.Count < nodes.Count)
        {
            int stuck = Array.FindIndex(missing, count => count > 0);
            throw new ModelException($"{model}: {nodes[stuck]} is part of a cycle or waits for one");
        }

        return order;
    }
}
