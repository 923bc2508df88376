using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import.Shapes;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>A node under evaluation: inputs whose shapes have been checked, and what its outputs must be.</summary>
internal sealed class EvaluationContext(
    Node node, IReadOnlyList<ConstantTensor?> inputs, ShapeContext shapes, ImmutableArray<ValueInfo> outputs)
{
    public Node Node => node;

    public int InputCount => inputs.Count;

    public int OutputCount => outputs.Length;

    /// <summary>The same node as shape inference sees it, for geometry that inference has worked out.</summary>
    public ShapeContext Shapes => shapes;

    public bool Has(int input) => input < inputs.Count && inputs[input] is not null;

    public ConstantTensor Input(int input) => inputs[input]!;

    /// <summary>Type of the first output.</summary>
    public ElementType Type => outputs[0].Type;

    /// <summary>Shape of the first output.</summary>
    public Shape Shape => outputs[0].Shape;

    public Shape OutputShape(int output) => outputs[output].Shape;

    public ModelException Error(string what) => new($"{node}: {what}");
}
