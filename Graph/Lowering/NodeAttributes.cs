using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Lowering;

/// <summary>Typed access to a node's attributes, and the errors that name it.</summary>
internal static class NodeAttributes
{
    public static long Int(this Node node, string name, long fallback) =>
        node.Attributes.TryGetValue(name, out object? value) ? value switch
        {
            long number => number,
            _ => throw node.BadAttribute(name, "an integer"),
        } : fallback;

    public static float Float(this Node node, string name, float fallback) =>
        node.Attributes.TryGetValue(name, out object? value) ? value switch
        {
            float number => number,
            _ => throw node.BadAttribute(name, "a float"),
        } : fallback;

    public static string Text(this Node node, string name, string fallback) =>
        node.Attributes.TryGetValue(name, out object? value) ? value switch
        {
            string text => text,
            _ => throw node.BadAttribute(name, "a string"),
        } : fallback;

    public static ImmutableArray<long>? Ints(this Node node, string name) =>
        node.Attributes.TryGetValue(name, out object? value) ? value switch
        {
            ImmutableArray<long> numbers => numbers,
            _ => throw node.BadAttribute(name, "a list of integers"),
        } : null;

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

    private static ModelException BadAttribute(this Node node, string name, string expected) =>
        new($"{node.OpType} '{node.Label()}': attribute '{name}' is not {expected}");
}
