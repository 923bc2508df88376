using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Passes.Editing;

/// <summary>Questions about a node that every pass asks.</summary>
internal static class NodeQueries
{
    /// <summary>Name of an input; empty when it is absent.</summary>
    public static string Input(this Node node, int index) => index < node.Inputs.Length ? node.Inputs[index] : "";

    /// <summary>True for a standard ONNX operator of the given type.</summary>
    public static bool IsOnnx(this Node node, string opType) => node.OpType == opType && node.IsOnnx();

    /// <summary>True for the standard operator set under either of its names.</summary>
    public static bool IsOnnx(this Node node) => node.Domain.Length == 0 || node.Domain == "ai.onnx";
}
