using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Lowering.Drafts;

/// <summary>A panel weight that a kernel will stream: its layout and how its elements lie in the constant.</summary>
internal sealed record DraftPanels(ConstantStorage Storage, TensorView View, PanelLayout Layout);

/// <summary>Rows that a kernel will have fetched into its first input.</summary>
internal sealed record DraftFetch(
    ConstantStorage Table, TensorView TableView, ElementType RowType, DraftOperand? Ids, ImmutableArray<int> ConstantIds);

/// <summary>A kernel under construction: a family with its own inputs, and a program that later nodes are fused into.</summary>
internal sealed class DraftKernel(string name, KernelDesc prototype, DraftBuffer output, TensorView outputView, ElementType resultType)
{
    /// <summary>Register number of the first instruction; smaller numbers are operands.</summary>
    public const int FirstInstruction = 1 << 16;

    /// <summary>Names of the model nodes it computes.</summary>
    public List<string> Names { get; } = [name];

    /// <summary>Attributes of the family; its views and name are filled in when the graph is assembled.</summary>
    public KernelDesc Prototype { get; } = prototype;

    public DraftBuffer Output { get; set; } = output;

    public TensorView OutputView { get; set; } = outputView;

    /// <summary>Inputs that belong to the family.</summary>
    public List<DraftOperand> Inputs { get; } = [];

    /// <summary>Inputs of <see cref="Program"/>.</summary>
    public List<DraftOperand> Fused { get; } = [];

    /// <summary>
    /// Fused expression. For an elementwise kernel operand i is <see cref="Fused"/>[i]; for any other family operand 0 is the kernel's own
    /// result and operand i + 1 is <see cref="Fused"/>[i].
    /// </summary>
    public List<ElementwiseInstruction> Program { get; } = [];

    public ElementType ResultType { get; set; } = resultType;

    public DraftPanels? Panels { get; init; }

    public DraftFetch? Fetch { get; init; }

    /// <summary>Place in the list of kernels.</summary>
    public int Position { get; set; }

    public bool IsElementwise => Prototype is ElementwiseKernel;

    /// <summary>Register that holds what would be stored now.</summary>
    public int ResultRegister => Program.Count > 0 ? FirstInstruction + Program.Count - 1 : 0;

    /// <summary>True when further nodes may be fused behind it.</summary>
    public bool TakesProgram => Prototype switch
    {
        MatMulKernel or ConvKernel or AttentionKernel or NormalizeKernel or PoolKernel or ResizeKernel or ElementwiseKernel => true,
        GatherKernel gather => gather.Mode == GatherMode.FetchedRows,
        _ => false,
    };

    /// <summary>
    /// True when its result may be written in any element order at little cost, so that a reader's wish for another layout needs no copy.
    /// Matrix products are left out: they store whole rows of columns.
    /// </summary>
    public bool TakesAnyLayout => Prototype is SoftmaxKernel or NormalizeKernel or ElementwiseKernel or AttentionKernel or PoolKernel
        or ReduceKernel or ResizeKernel or GatherKernel or CopyKernel;

    /// <summary>Register of an operand of <see cref="Program"/>, added unless it is there already.</summary>
    public int Operand(DraftStorage storage, TensorView view)
    {
        int first = IsElementwise ? 0 : 1;
        for (int i = 0; i < Fused.Count; i++)
        {
            if (ReferenceEquals(Fused[i].Storage, storage) && Fused[i].View.Equals(view))
            {
                return first + i;
            }
        }

        Fused.Add(new DraftOperand(storage, view));
        return first + Fused.Count - 1;
    }

    /// <summary>The finished program with consecutive registers; null when nothing was fused.</summary>
    public ElementwiseProgram? FinishProgram()
    {
        if (Program.Count == 0)
        {
            return null;
        }

        int operands = Fused.Count + (IsElementwise ? 0 : 1);
        var instructions = ImmutableArray.CreateBuilder<ElementwiseInstruction>(Program.Count);
        foreach (ElementwiseInstruction step in Program)
        {
            instructions.Add(step with { A = Number(step.A), B = Number(step.B), C = Number(step.C) });
        }

        return new ElementwiseProgram(operands, instructions.MoveToImmutable());

        int Number(int register) => register >= FirstInstruction ? register - FirstInstruction + operands : register;
    }
}
