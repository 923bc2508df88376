using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>Runs passes on a hand-made graph, checks that values survive, and reads the result.</summary>
internal static class PassAssert
{
    /// <summary>Runs one pass and removes what died.</summary>
    public static ModelGraph Run(IGraphPass pass, ModelGraph graph)
    {
        ModelGraph result = new FlashMem.Graph.Passes.Simplification.DeadNodePass().Run(pass.Run(graph));
        ReferenceEvaluator.AssertSame(graph, result);
        return result;
    }

    /// <summary>Runs the whole pipeline.</summary>
    public static ModelGraph RunAll(ModelGraph graph)
    {
        ModelGraph result = PassPipeline.Run(graph);
        ReferenceEvaluator.AssertSame(graph, result);
        return result;
    }

    /// <summary>The nodes' operators in order, for example "MatMul Add".</summary>
    public static string Operators(ModelGraph graph) => string.Join(' ', graph.Nodes.Select(node => node.OpType));

    public static int Count(ModelGraph graph, string opType) => graph.Nodes.Count(node => node.OpType == opType);

    public static Node Single(ModelGraph graph, string opType) => Assert.Single(graph.Nodes, node => node.OpType == opType);
}
