using System.Collections.Immutable;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Fusion;
using FlashMem.Graph.Passes.Normalization;
using FlashMem.Graph.Passes.Normalization.Einsum;
using FlashMem.Graph.Passes.Simplification;

namespace FlashMem.Graph.Passes;

/// <summary>
/// Brings an imported model into the form that lowering reads: constants folded, few spellings per operator, composite operators in
/// place of written-out patterns (see <see cref="Composites"/>), no dead nodes.
/// </summary>
public static class PassPipeline
{
    /// <summary>More rounds than any model needs; reaching it means that two passes undo each other.</summary>
    private const int MostRounds = 16;

    /// <summary>
    /// In the order in which they run: spellings first, then fusions, which look for the spellings; view chains last, because they take
    /// reshapes apart that the group norm pattern looks for.
    /// </summary>
    private static readonly ImmutableArray<IGraphPass> Passes =
    [
        new CastLikePass(),
        new ConstantFoldingPass(),
        new NoOpPass(),
        new ReshapePass(),
        new SplitPass(),
        new GatherSlicePass(),
        new GemmPass(),
        new EinsumPass(),
        new ArithmeticPass(),
        new SoftmaxPass(),
        new CommonSubexpressionPass(),
        new BatchNormalizationPass(),
        new ConvAffinePass(),
        new GeluPass(),
        new SiluPass(),
        new LayerNormPass(),
        new WrittenNormPass(),
        new GroupNormPass(),
        new AttentionPass(),
        new ViewChainPass(),
    ];

    private static readonly DeadNodePass DeadNodes = new();

    /// <summary>
    /// Runs all passes until none changes the graph. Throws ModelException, naming the node, for what cannot be rewritten.
    /// </summary>
    public static ModelGraph Run(ModelGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);

        // Dead nodes count as readers, and edits leave constants and infos behind; edits remove the nodes that they make dead.
        graph = DeadNodes.Run(graph);
        for (int round = 0; round < MostRounds; round++)
        {
            ModelGraph before = graph;
            foreach (IGraphPass pass in Passes)
            {
                graph = pass.Run(graph);
            }

            if (ReferenceEquals(graph, before))
            {
                return DeadNodes.Run(graph);
            }
        }

        throw new InvalidOperationException($"the passes did not settle on '{graph.Name}' in {MostRounds} rounds");
    }
}
