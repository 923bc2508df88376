using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Passes.Editing;

/// <summary>Reads a node's attributes and inputs with ONNX defaults.</summary>
internal static class NodeAttributes
{
    public static bool Has(this Node node, string name) => node.Attributes.ContainsKey(name);

    public static long Int(this Node node, string name, long absent) => node.Get(name, absent);

    public static float Float(this Node node, string name, float absent) => node.Get(name, absent);

    public static string Text(this Node node, string name, string absent) => node.Get(name, absent);

    /// <summary>A list attribute; default (uninitialised) when absent.</summary>
    public static ImmutableArray<long> Ints(this Node node, string name) => node.Get(name, default(ImmutableArray<long>));

    /// <summary>Name of an input; empty when it is absent.</summary>
    public static string Input(this Node node, int index) => index < node.Inputs.Length ? node.Inputs[index] : "";

    /// <summary>True for a standard ONNX operator of the given type.</summary>
    public static bool IsOnnx(this Node node, string opType) => node.OpType == opType && node.IsOnnx();

    /// <summary>True for the standard operator set under either of its names.</summary>
    public static bool IsOnnx(this Node node) => node.Domain.Length == 0 || node.Domain == "ai.onnx";

    private static T Get<T>(this Node node, string name, T absent) => !node.Attributes.TryGetValue(name, out object? value)
        ? absent
        : value is T typed
            ? typed
            : throw new ModelException($"{node}: attribute '{name}' is {value.GetType().Name}, not {typeof(T).Name}");
}
