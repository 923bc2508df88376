using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Import;

/// <summary>Reads a node's attributes with their defaults; a value of another kind is a <see cref="ModelException"/>.</summary>
public static class NodeAttributes
{
    public static long Attribute(this Node node, string name, long fallback) => Get<long>(node, name) ?? fallback;

    public static float Attribute(this Node node, string name, float fallback) => Get<float>(node, name) ?? fallback;

    public static string Attribute(this Node node, string name, string fallback) =>
        node.Attributes.TryGetValue(name, out object? value) ? value as string ?? throw Wrong(node, name) : fallback;

    /// <summary>A list of integers; null when it is not given.</summary>
    public static ImmutableArray<long>? Integers(this Node node, string name) => Get<ImmutableArray<long>>(node, name);

    /// <summary>A list of floats; null when it is not given.</summary>
    public static ImmutableArray<float>? Floats(this Node node, string name)
    {
        // A list without elements and without a declared type is read as integers.
        return node.Attributes.TryGetValue(name, out object? value) && value is ImmutableArray<long> { Length: 0 }
            ? []
            : Get<ImmutableArray<float>>(node, name);
    }

    /// <summary>A tensor; null when it is not given.</summary>
    public static ConstantTensor? Tensor(this Node node, string name) =>
        node.Attributes.TryGetValue(name, out object? value) ? value as ConstantTensor ?? throw Wrong(node, name) : null;

    private static T? Get<T>(Node node, string name)
        where T : struct
    {
        if (!node.Attributes.TryGetValue(name, out object? value))
        {
            return null;
        }

        return value is T typed ? typed : throw Wrong(node, name);
    }

    private static ModelException Wrong(Node node, string name) => new($"{node}: attribute '{name}' has the wrong type");
}
