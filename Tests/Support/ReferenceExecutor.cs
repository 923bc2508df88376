using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;

namespace FlashMem.Tests.Support;

/// <summary>Runs a kernel graph with the reference kernels, whole weights and one memory per buffer.</summary>
internal static class ReferenceExecutor
{
    /// <param name="graph">With weight sources.</param>
    /// <param name="inputs">By name.</param>
    /// <param name="weights">Reads stored weights.</param>
    /// <returns>Outputs in the graph's order.</returns>
    public static ConstantTensor[] Run(KernelGraph graph, IReadOnlyDictionary<string, ConstantTensor> inputs, IWeightReader weights)
    {
        ReferenceMemory[] buffers = [.. graph.Buffers.Select(buffer => new ReferenceMemory(buffer.Type, buffer.Elements))];
        var linear = new Dictionary<int, ReferenceMemory>();
        foreach (GraphPort port in graph.Inputs)
        {
            buffers[port.Buffer].Write(port.View, Numbers.Of(inputs[port.Name]));
        }

        foreach (KernelNode kernel in graph.Kernels)
        {
            if (kernel.Fetch is { } fetch)
            {
                FetchRows(graph, fetch, buffers, kernel.Inputs[0].Id, weights);
            }

            ReferenceMemory[] operands = [.. kernel.Inputs.Select(operand => operand.Kind == OperandKind.Buffer
                ? buffers[operand.Id]
                : Linear(operand.Id))];
            double[]? panels = kernel.PanelWeight < 0 ? null : Elements(graph.Weights[kernel.PanelWeight], weights);
            ReferenceKernels.Run(kernel.Desc, operands, panels, buffers[kernel.Output]);
        }

        return [.. graph.Outputs.Select(port => Numbers.To(port.Type, port.Shape, buffers[port.Buffer].Read(port.View)))];

        ReferenceMemory Linear(int id)
        {
            if (!linear.TryGetValue(id, out ReferenceMemory? memory))
            {
                var storage = (LinearWeight)graph.Weights[id].Storage;
                double[] elements = Elements(graph.Weights[id], weights);
                memory = new ReferenceMemory(storage.Type, storage.Elements);
                memory.Write(TensorView.Dense(storage.Type, new Shape(storage.Elements)), elements);
                linear[id] = memory;
            }

            return memory;
        }
    }

    /// <summary>A weight's elements in storage order, rounded as the weight file stores them.</summary>
    public static double[] Elements(KernelWeight weight, IWeightReader reader)
    {
        ConstantTensor source = weight.Source switch
        {
            StoredSource stored => Load(stored.Tensor, reader),
            ComputedSource computed => ConstantEvaluator.Evaluate(computed.Graph, reader),
            _ => throw new ArgumentException($"weight '{weight.Name}' has no source", nameof(weight)),
        };
        ElementType type = weight.Storage switch
        {
            PanelWeight panel => panel.Layout.Type,
            RowWeight row => row.Type,
            LinearWeight linear => linear.Type,
            _ => throw new ArgumentException($"unknown storage of '{weight.Name}'", nameof(weight)),
        };
        double[] numbers = Numbers.Of(source);
        var memory = new ReferenceMemory(type, weight.Source!.View.ElementCount);
        long[] addresses = ReferenceMemory.Addresses(weight.Source.View);
        for (int i = 0; i < addresses.Length; i++)
        {
            memory.Store(i, numbers[addresses[i]]);
        }

        return memory.Read(TensorView.Dense(type, new Shape(addresses.Length)));
    }

    private static ConstantTensor Load(WeightRef weight, IWeightReader reader)
    {
        var bytes = new byte[weight.Length];
        reader.Read(weight, 0, bytes);
        return new ConstantTensor(weight.Type, weight.Shape, [.. bytes]);
    }

    private static void FetchRows(KernelGraph graph, RowFetch fetch, ReferenceMemory[] buffers, int target, IWeightReader reader)
    {
        KernelWeight weight = graph.Weights[fetch.Weight];
        var storage = (RowWeight)weight.Storage;
        double[] table = Elements(weight, reader);
        double[] ids = fetch.IdBuffer < 0
            ? [.. fetch.ConstantIds.Select(id => (double)id)]
            : buffers[fetch.IdBuffer].Read(fetch.IdView!);
        for (int i = 0; i < ids.Length; i++)
        {
            long row = (long)ids[i] + (ids[i] < 0 ? storage.Rows : 0);
            for (int j = 0; j < storage.RowElements; j++)
            {
                buffers[target].Store(((long)i * storage.RowElements) + j, table[(row * storage.RowElements) + j]);
            }
        }
    }
}
