using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Cost;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Activations;

/// <summary>
/// The width of a graph's floating-point activations. A graph is lowered, and stored in a weight file, with activations of 32 bits; the same
/// kernels read and write halves where all buffers and views say so, and compute in single precision all the same. Integers, weights and
/// fetched embedding rows stay as they are.
/// </summary>
public static class ActivationTypes
{
    /// <summary>Float16 or Float32: the type of a graph's floating-point activations; Float32 where it has none.</summary>
    public static ElementType Of(KernelGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        HashSet<int> fetched = FetchedRows(graph);
        return graph.Buffers.Any(buffer => buffer.Type == ElementType.Float16 && !fetched.Contains(buffer.Id))
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

        HashSet<int> fetched = FetchedRows(graph);
        bool Changes(int buffer) => graph.Buffers[buffer].Type.IsFloat() && !fetched.Contains(buffer);
        TensorView View(int buffer, TensorView view) => Changes(buffer) ? view.WithType(type) : view;
        GraphPort Port(GraphPort port) => port with { View = View(port.Buffer, port.View) };
        return graph with
        {
            Inputs = [.. graph.Inputs.Select(Port)],
            Outputs = [.. graph.Outputs.Select(Port)],
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
