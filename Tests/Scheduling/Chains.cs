using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Tests.Scheduling;

/// <summary>Kernel graphs that are a chain of matrix products with fp16 panel weights.</summary>
internal static class Chains
{
    /// <summary>One kernel per weight of depth x columns; every product has <paramref name="rows"/> rows.</summary>
    public static KernelGraph MatMuls((int Depth, int Columns)[] shapes, int rows = 1)
    {
        TensorView view = TensorView.Dense(ElementType.Float32, new Shape(1, 1, 1));
        var kernels = ImmutableArray.CreateBuilder<KernelNode>();
        var weights = ImmutableArray.CreateBuilder<KernelWeight>();
        foreach ((int depth, int columns) in shapes)
        {
            var layout = new PanelLayout(1, depth, columns, ElementType.Float16, 32);
            weights.Add(new KernelWeight(weights.Count, $"w{weights.Count}", new PanelWeight(layout), null));
            kernels.Add(new KernelNode
            {
                Index = kernels.Count,
                Desc = new MatMulKernel { Name = $"matmul{kernels.Count}", Inputs = [view], Output = view, Weight = layout },
                Inputs = [new Operand(OperandKind.Buffer, kernels.Count)],
                Output = kernels.Count + 1,
                PanelWeight = kernels.Count,
                Cost = new KernelCost(2L * rows * depth * columns, layout.TotalBytes, 4L * rows * depth, 4L * rows * columns),
            });
        }

        return new KernelGraph
        {
            ModelName = "chain",
            ModelHash = "feedbeef",
            Inputs = [new GraphPort("x", ElementType.Float32, new Shape(1), 0, view)],
            Outputs = [new GraphPort("y", ElementType.Float32, new Shape(1), shapes.Length, view)],
            Buffers = [.. shapes.Select(shape => shape.Columns).Prepend(shapes[0].Depth)
                .Select((columns, i) => new KernelBuffer(i, $"b{i}", ElementType.Float32, (long)rows * columns))],
            Weights = weights.ToImmutable(),
            Kernels = kernels.ToImmutable(),
        };
    }
}
