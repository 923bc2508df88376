using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using Xunit;

namespace FlashMem.Tests.Graph.Lowering;

/// <summary>What holds for every kernel graph.</summary>
internal static class KernelGraphAssert
{
    public static void IsWellFormed(KernelGraph graph)
    {
        var written = new HashSet<int>(graph.Inputs.Select(port => port.Buffer));
        for (int i = 0; i < graph.Kernels.Length; i++)
        {
            KernelNode kernel = graph.Kernels[i];
            Assert.Equal(i, kernel.Index);
            Assert.Equal(kernel.Inputs.Length, kernel.Desc.Inputs.Length);
            for (int slot = 0; slot < kernel.Inputs.Length; slot++)
            {
                Operand operand = kernel.Inputs[slot];
                TensorView view = kernel.Desc.Inputs[slot];
                if (operand.Kind == OperandKind.Weight)
                {
                    var storage = Assert.IsType<LinearWeight>(graph.Weights[operand.Id].Storage);
                    IsInside(view, storage.Elements, storage.Type);
                    continue;
                }

                bool fetched = kernel.Fetch is not null && slot == 0;
                bool ready = fetched || written.Contains(operand.Id);
                Assert.True(ready, $"kernel {i} '{kernel.Desc.Name}' reads buffer {operand.Id} too early");
                IsInside(view, graph.Buffers[operand.Id].Elements, graph.Buffers[operand.Id].Type);
            }

            if (kernel.Fetch is { IdBuffer: >= 0 } fetch)
            {
                Assert.Contains(fetch.IdBuffer, written);
            }

            Assert.Equal(kernel.Desc.Panels is not null, kernel.PanelWeight >= 0);
            if (kernel.Desc.Panels is { } layout)
            {
                Assert.Equal(layout, ((PanelWeight)graph.Weights[kernel.PanelWeight].Storage).Layout);
            }

            for (int slot = kernel.Desc.EpilogueStart; slot < kernel.Desc.Inputs.Length && kernel.Desc.Epilogue is not null; slot++)
            {
                Assert.Equal(kernel.Desc.Output.Shape, kernel.Desc.Inputs[slot].Shape);
            }

            IsInside(kernel.Desc.Output, graph.Buffers[kernel.Output].Elements, graph.Buffers[kernel.Output].Type);
            written.Add(kernel.Output);
        }

        for (int i = 0; i < graph.Buffers.Length; i++)
        {
            Assert.Equal(i, graph.Buffers[i].Id);
        }

        for (int i = 0; i < graph.Weights.Length; i++)
        {
            KernelWeight weight = graph.Weights[i];
            Assert.Equal(i, weight.Id);
            long elements = weight.Storage switch
            {
                PanelWeight panel => (long)panel.Layout.Groups * panel.Layout.Depth * panel.Layout.Columns,
                RowWeight row => row.Rows * row.RowElements,
                LinearWeight linear => linear.Elements,
                _ => -1,
            };
            Assert.Equal(elements, weight.Source!.View.ElementCount);
        }

        foreach (GraphPort port in graph.Outputs)
        {
            Assert.Equal(port.Shape, port.View.Shape);
            IsInside(port.View, graph.Buffers[port.Buffer].Elements, graph.Buffers[port.Buffer].Type);
        }
    }

    private static void IsInside(TensorView view, long elements, ElementType type)
    {
        Assert.Equal(type, view.Type);
        long first = view.Offset;
        foreach (ViewFactor factor in view.Axes.SelectMany(axis => axis))
        {
            first += Math.Min(0, (factor.Extent - 1) * factor.Stride);
        }

        bool inside = view.ElementCount == 0 || (first >= 0 && view.UpperBound <= elements);
        Assert.True(inside, $"{view} leaves a buffer of {elements} elements");
    }
}
