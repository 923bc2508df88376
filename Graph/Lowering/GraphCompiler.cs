using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes;

namespace FlashMem.Graph.Lowering;

/// <summary>Turns an imported model into kernels: first the rewriting passes, then lowering.</summary>
public static class GraphCompiler
{
    /// <exception cref="Abstractions.Errors.ModelException">An operator or one of its forms is not supported; names the node.</exception>
    public static KernelGraph Compile(ModelGraph graph, LoweringOptions options) => Lower(PassPipeline.Run(graph), options);

    /// <summary>Lowers a graph as it is, without the rewriting passes.</summary>
    internal static KernelGraph Lower(ModelGraph graph, LoweringOptions options) => new GraphLowering(graph, options).Run();
}
