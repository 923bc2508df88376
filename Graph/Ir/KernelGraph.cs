using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Ir;

/// <summary>
/// A lowered model: kernels in execution order over numbered buffers and weights, laid out and fused. It holds no device and no bytes;
/// it is stored in the weight file so that a run needs no import.
/// </summary>
public sealed record KernelGraph
{
    public required string ModelName { get; init; }

    /// <summary>Hash of the model it was lowered from.</summary>
    public required string ModelHash { get; init; }

    public required ImmutableArray<GraphPort> Inputs { get; init; }

    public required ImmutableArray<GraphPort> Outputs { get; init; }

    public required ImmutableArray<KernelBuffer> Buffers { get; init; }

    public required ImmutableArray<KernelWeight> Weights { get; init; }

    public required ImmutableArray<KernelNode> Kernels { get; init; }

    /// <summary>Element type of the panel weights, the same for all; Float32 without any.</summary>
    public ElementType PanelType =>
        Weights.Select(weight => weight.Storage).OfType<PanelWeight>().FirstOrDefault()?.Layout.Type ?? ElementType.Float32;
}

/// <summary>An input or output of the model and the view by which it lies in its buffer.</summary>
/// <param name="Name">Name in the model.</param>
/// <param name="Type">Element type in the model (for example Int64); the buffer holds Float32 or Int32.</param>
/// <param name="Shape">Shape in the model.</param>
/// <param name="Buffer">Index into <see cref="KernelGraph.Buffers"/>.</param>
/// <param name="View">How the logical tensor lies in the buffer; dense for inputs.</param>
public sealed record GraphPort(string Name, ElementType Type, Shape Shape, int Buffer, TensorView View);

/// <summary>An activation: a range of the activation arena, alive from its first writer to its last reader.</summary>
/// <param name="Id">Its index.</param>
/// <param name="Name">Name of the model value it holds.</param>
/// <param name="Type">Float32, Int32, or the row type of fetched embedding rows.</param>
/// <param name="Elements">Number of elements.</param>
public sealed record KernelBuffer(int Id, string Name, ElementType Type, long Elements)
{
    public long Bytes => checked(Elements * Type.SizeInBytes());
}

/// <summary>What an operand slot is bound to.</summary>
public enum OperandKind
{
    Buffer,

    /// <summary>A linear weight, read through the slot's view.</summary>
    Weight,
}

/// <summary>Operand slot binding: a buffer or a linear weight by index.</summary>
public readonly record struct Operand(OperandKind Kind, int Id);

/// <summary>One kernel in execution order.</summary>
public sealed record KernelNode
{
    /// <summary>Position in execution order.</summary>
    public required int Index { get; init; }

    public required KernelDesc Desc { get; init; }

    /// <summary>One operand per slot of <see cref="KernelDesc.Inputs"/>.</summary>
    public required ImmutableArray<Operand> Inputs { get; init; }

    /// <summary>Buffer written.</summary>
    public required int Output { get; init; }

    /// <summary>The panel weight that the kernel streams; -1 for none.</summary>
    public int PanelWeight { get; init; } = -1;

    /// <summary>The row weight whose rows the runtime fetches into input 0's buffer before the kernel runs; null for none.</summary>
    public RowFetch? Fetch { get; init; }

    public required KernelCost Cost { get; init; }

    /// <summary>The weights that it streams, in the order in which it needs them: linear operands, then its panel weight.</summary>
    public IEnumerable<int> StreamedWeights()
    {
        foreach (Operand input in Inputs)
        {
            if (input.Kind == OperandKind.Weight)
            {
                yield return input.Id;
            }
        }

        if (PanelWeight >= 0)
        {
            yield return PanelWeight;
        }
    }
}

/// <summary>Rows to fetch from a row weight: the ids are in an Int32 buffer, or constant.</summary>
/// <param name="Weight">Index of a row weight.</param>
/// <param name="IdBuffer">Buffer that holds the ids; -1 when they are constant.</param>
/// <param name="IdView">How the ids lie in the buffer.</param>
/// <param name="ConstantIds">The ids when they are constant.</param>
public sealed record RowFetch(int Weight, int IdBuffer, TensorView? IdView, ImmutableArray<int> ConstantIds);
