using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Cost;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Activations;

/// <summary>
/// The width of a graph's floating-point activations. A graph is lowered, and stored in a weight file, with activations of 32 bits; the same
/// kernels read and write halves where buffers and views say so, and compute in single precision all the same. What the model takes and
/// gives keeps 32 bits, so that nothing is converted on the host; integers, weights and fetched embedding rows stay as they are too.
/// </summary>
public static class ActivationTypes
{
    /// <summary>Float16 or Float32: the type of a graph's floating-point activations; Float32 where it has none of its own.</summary>
    public static ElementType Of(KernelGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        HashSet<int> rows = FetchedRows(graph);
        return graph.Buffers.Any(buffer => buffer.Type == ElementType.Float16 && !rows.Contains(buffer.Id))
            ? ElementType.Float16
            : ElementType.Float32;
    }

    /// <summary>The graph with its floating-point activations in a type: Float16 or Float32.</summary>
    public static KernelGraph Set(KernelGraph graph, ElementType type)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (type is not (ElementType.Float16 or ElementType.Float32))
        {
            throw new ArgumentException($"activations are Float16 or Float32, not {type}", nameof(type));
        }

        if (Of(graph) == type)
        {
            return graph;
        }

        HashSet<int> kept = FetchedRows(graph);
        kept.UnionWith(graph.Inputs.Concat(graph.Outputs).Select(port => port.Buffer));
        bool Changes(int buffer) => graph.Buffers[buffer].Type.IsFloat() && !kept.Contains(buffer);
        TensorView View(int buffer, TensorView view) => Changes(buffer) ? view.WithType(type) : view;
        return graph with
        {
            Buffers = [.. graph.Buffers.Select(buffer => Changes(buffer.Id) ? buffer with { Type = type } : buffer)],
            Kernels =
            [
                .. graph.Kernels.Select(node =>
                {
                    KernelDesc desc = node.Desc with
                    {
                        Inputs =
                        [
                            .. node.Desc.Inputs.Zip(node.Inputs, (view, operand) =>
                                operand.Kind == OperandKind.Buffer ? View(operand.Id, view) : view),
                        ],
                        Output = View(node.Output, node.Desc.Output),
                    };
                    return node with { Desc = desc, Cost = CostModel.Estimate(desc, node.Inputs, node.Fetch is not null) };
                }),
            ],
        };
    }

    /// <summary>Buffers that hold rows of a weight: these have the weight's type.</summary>
    private static HashSet<int> FetchedRows(KernelGraph graph) =>
        [.. graph.Kernels.Where(node => node.Fetch is not null).Select(node => node.Inputs[0].Id)];
}
