using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Cost;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering;

/// <summary>
/// Freezes drafted kernels into a kernel graph: numbers the buffers that are used, makes weights of constants, estimates cost.
/// </summary>
internal sealed class GraphAssembler(LoweringContext context)
{
    /// <summary>Model node names that a fused kernel's name lists before it says "...".</summary>
    private const int NamesListed = 4;

    private readonly ImmutableArray<KernelBuffer>.Builder buffers = ImmutableArray.CreateBuilder<KernelBuffer>();
    private readonly WeightTable weights = new(context);

    public KernelGraph Assemble(List<LoweredValue> outputs)
    {
        ModelGraph model = context.Model;
        var inputPorts = ImmutableArray.CreateBuilder<GraphPort>(model.Inputs.Length);
        for (int i = 0; i < model.Inputs.Length; i++)
        {
            ValueInfo input = model.Inputs[i];
            DraftBuffer buffer = context.InputBuffers[i];
            TensorView view = TensorView.Dense(buffer.Type, input.Shape);
            inputPorts.Add(new GraphPort(input.Name, input.Type, input.Shape, Number(buffer), view));
        }

        var kernels = ImmutableArray.CreateBuilder<KernelNode>();
        foreach (DraftKernel? kernel in context.Kernels)
        {
            if (kernel is not null)
            {
                kernels.Add(Freeze(kernel, kernels.Count));
            }
        }

        var outputPorts = ImmutableArray.CreateBuilder<GraphPort>(outputs.Count);
        for (int i = 0; i < outputs.Count; i++)
        {
            ValueInfo info = model.Outputs[i];
            var buffer = (DraftBuffer)outputs[i].Storage;
            outputPorts.Add(new GraphPort(info.Name, info.Type, info.Shape, Number(buffer), outputs[i].View));
        }

        return new KernelGraph
        {
            ModelName = model.Name,
            ModelHash = model.Hash,
            Inputs = inputPorts.ToImmutable(),
            Outputs = outputPorts.ToImmutable(),
            Buffers = buffers.ToImmutable(),
            Weights = weights.ToImmutable(),
            Kernels = kernels.ToImmutable(),
        };
    }

    private int Number(DraftBuffer buffer)
    {
        if (buffer.Id < 0)
        {
            buffer.Id = buffers.Count;
            buffers.Add(new KernelBuffer(buffer.Id, buffer.Name, buffer.Type, buffer.Elements));
        }

        return buffer.Id;
    }

    private KernelNode Freeze(DraftKernel kernel, int index)
    {
        int count = kernel.Inputs.Count + kernel.Fused.Count;
        var operands = ImmutableArray.CreateBuilder<Operand>(count);
        var views = new TensorView[count + 1];
        foreach (DraftOperand operand in kernel.Inputs)
        {
            Bind(operand);
        }

        foreach (DraftOperand operand in kernel.Fused)
        {
            Bind(operand);
        }

        views[count] = kernel.OutputView;
        if (kernel.Prototype is ElementwiseKernel or CopyKernel)
        {
            views = LoopNest.Simplify(views);
        }

        ElementwiseProgram? program = kernel.FinishProgram();
        KernelDesc desc = kernel.Prototype with
        {
            Name = NameOf(kernel),
            Inputs = [.. views.AsSpan(0, count)],
            Output = views[count],
            Epilogue = kernel.IsElementwise ? null : program,
        };
        if (desc is ElementwiseKernel elementwise)
        {
            desc = elementwise with { Program = program! };
        }

        int panelWeight = kernel.Panels is { } panels ? weights.Panels(panels) : -1;
        RowFetch? fetch = kernel.Fetch is { } rows
            ? new RowFetch(
                weights.Rows(rows),
                rows.Ids is null ? -1 : Number((DraftBuffer)rows.Ids.Storage),
                rows.Ids?.View,
                rows.ConstantIds)
            : null;
        int output = Number(kernel.Output);
        ImmutableArray<Operand> bound = operands.MoveToImmutable();
        return new KernelNode
        {
            Index = index,
            Desc = desc,
            Inputs = bound,
            Output = output,
            PanelWeight = panelWeight,
            Fetch = fetch,
            Cost = CostModel.Estimate(desc, bound, fetch is not null),
        };

        void Bind(DraftOperand operand)
        {
            int slot = operands.Count;
            if (operand.Storage is DraftBuffer buffer)
            {
                operands.Add(new Operand(OperandKind.Buffer, Number(buffer)));
                views[slot] = operand.View;
            }
            else
            {
                (int id, TensorView view) = weights.Linear((ConstantStorage)operand.Storage, operand.View);
                operands.Add(new Operand(OperandKind.Weight, id));
                views[slot] = view;
            }
        }
    }

    private static string NameOf(DraftKernel kernel)
    {
        List<string> names = kernel.Names;
        if (names.Count == 1)
        {
            return names[0];
        }

        var distinct = new List<string>();
        foreach (string name in names)
        {
            if (!distinct.Contains(name))
            {
                distinct.Add(name);
            }
        }

        return distinct.Count <= NamesListed
            ? string.Join('+', distinct)
            : string.Join('+', distinct.GetRange(0, NamesListed)) + "+...";
    }
}
