using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Lowering;

/// <summary>Questions that lowering asks a node, and errors that name it.</summary>
internal static class NodeQueries
{
    /// <summary>True when an input is given; optional ones may be missing or have an empty name.</summary>
    public static bool Has(this Node node, int input) => input < node.Inputs.Length && node.Inputs[input].Length > 0;

    /// <summary>Operator with its domain, which is left out for the standard operator set.</summary>
    public static string Operator(this Node node) => node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.Domain}.{node.OpType}";

    /// <summary>The node asks for something that FlashMem does not have.</summary>
    public static ModelException Unsupported(this Node node, string? reason = null) =>
        new($"unsupported operator '{node.OpType}' at node '{node.Label()}'{(reason is null ? "" : $": {reason}")}");

    /// <summary>Name for errors and traces: the node's own, or its first output's when it has none.</summary>
    public static string Label(this Node node) => node.Name.Length > 0 || node.Outputs.IsEmpty ? node.Name : node.Outputs[0];

    /// <summary>Counts a negative axis from the end and checks the range.</summary>
    public static int Axis(this Node node, long axis, int rank)
    {
        long positive = axis < 0 ? axis + rank : axis;
        return positive >= 0 && positive < Math.Max(rank, 1)
            ? (int)positive
            : throw new ModelException($"{node.OpType} '{node.Label()}': axis {axis} outside a tensor of rank {rank}");
    }
}
