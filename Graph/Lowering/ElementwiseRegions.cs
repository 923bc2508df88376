using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Operators;

namespace FlashMem.Graph.Lowering;

/// <summary>
/// Groups elementwise nodes that become one expression. A node joins the group of its readers when all of them are in that one group and
/// have its shape, so that only the group's last node is read from outside: the group can be computed in one pass without repeating work.
/// </summary>
internal sealed class ElementwiseRegions
{
    private readonly Dictionary<Node, Region> regionOf = new(ReferenceEqualityComparer.Instance);

    private ElementwiseRegions()
    {
    }

    /// <summary>A group of nodes in execution order.</summary>
    internal sealed class Region(Node root, Shape shape)
    {
        public Node Root { get; } = root;

        public Shape Shape { get; } = shape;

        /// <summary>Nodes from the root backwards.</summary>
        public List<Node> Nodes { get; } = [];

        /// <summary>Values read from outside that are not constants of one element.</summary>
        public HashSet<string> Externals { get; } = [];

        public int Cost { get; set; }
    }

    /// <summary>The group that a node belongs to; null when it was not grouped.</summary>
    public Region? Of(Node node) => regionOf.GetValueOrDefault(node);

    /// <param name="context">The model; only types, shapes and live nodes are read.</param>
    /// <param name="isCandidate">Nodes that will be lowered as expressions.</param>
    public static ElementwiseRegions Plan(LoweringContext context, Func<Node, bool> isCandidate)
    {
        var plan = new ElementwiseRegions();
        var readers = new Dictionary<string, List<Node>>();
        foreach (Node node in context.Live)
        {
            foreach (string input in node.Inputs)
            {
                if (!readers.TryGetValue(input, out List<Node>? list))
                {
                    readers[input] = list = [];
                }

                list.Add(node);
            }
        }

        for (int i = context.Live.Length - 1; i >= 0; i--)
        {
            Node node = context.Live[i];
            if (!isCandidate(node))
            {
                continue;
            }

            Region region = plan.RegionOfReaders(context, node, readers) ?? new Region(node, context.Info(node.Outputs[0]).Shape);
            Join(context, region, node);
            plan.regionOf[node] = region;
        }

        return plan;
    }

    private Region? RegionOfReaders(LoweringContext context, Node node, Dictionary<string, List<Node>> readers)
    {
        string output = node.Outputs[0];
        if (!readers.TryGetValue(output, out List<Node>? list) || context.UsesOf(output) != list.Count)
        {
            return null;
        }

        Region? region = null;
        foreach (Node reader in list)
        {
            Region? candidate = Of(reader);
            if (candidate is null || (region is not null && !ReferenceEquals(candidate, region)))
            {
                return null;
            }

            region = candidate;
        }

        if (region is null || !context.Info(output).Shape.Equals(region.Shape)
            || region.Cost + ElementwiseOperators.Cost(node) > ExpressionEmitter.MaximumInstructions)
        {
            return null;
        }

        int externals = region.Externals.Count - 1;
        foreach (string input in node.Inputs)
        {
            externals += IsOperand(context, input) && !region.Externals.Contains(input) ? 1 : 0;
        }

        return externals <= ExpressionEmitter.MaximumOperands ? region : null;
    }

    private static void Join(LoweringContext context, Region region, Node node)
    {
        region.Nodes.Add(node);
        region.Cost += ElementwiseOperators.Cost(node);
        region.Externals.Remove(node.Outputs[0]);
        foreach (string input in node.Inputs)
        {
            if (IsOperand(context, input))
            {
                region.Externals.Add(input);
            }
        }
    }

    private static bool IsOperand(LoweringContext context, string input) =>
        input.Length > 0 && !(context.Model.Constants.TryGetValue(input, out ConstantTensor? tensor) && tensor.Shape.ElementCount == 1);
}
