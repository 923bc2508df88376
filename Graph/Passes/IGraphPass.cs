using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Passes;

/// <summary>
/// A rewrite that keeps what the graph computes and the names of its inputs and outputs. Pure: the given graph is not changed, and the
/// same instance comes back when there was nothing to do.
/// </summary>
internal interface IGraphPass
{
    /// <summary>For logs and errors.</summary>
    string Name { get; }

    ModelGraph Run(ModelGraph graph);
}
