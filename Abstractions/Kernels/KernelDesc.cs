using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Abstractions.Kernels;

/// <summary>
/// What a backend compiles: a kernel family with attributes, and how it walks its operands. Holds no memory: operands are bound at
/// dispatch. The logical axes of <see cref="Inputs"/> and <see cref="Output"/> are fixed by each family's own summary.
/// </summary>
public abstract record KernelDesc
{
    /// <summary>Name of the model node(s) it computes; for traces and errors.</summary>
    public required string Name { get; init; }

    /// <summary>Views of the operands in slot order; the family says which slot is what, fused operands come last.</summary>
    public required ImmutableArray<TensorView> Inputs { get; init; }

    public required TensorView Output { get; init; }

    /// <summary>
    /// Program applied to every result before it is stored: operand 0 is the result, operands 1.. are the last inputs, whose views have
    /// the output's logical shape (broadcast by stride 0). Null stores the result as it is.
    /// </summary>
    public ElementwiseProgram? Epilogue { get; init; }

    /// <summary>Number of inputs that belong to the family itself; the rest feed <see cref="Epilogue"/>.</summary>
    public int EpilogueStart => Inputs.Length - Math.Max(0, (Epilogue?.OperandCount ?? 1) - 1);

    public abstract KernelFamily Family { get; }

    public abstract OperatorClass Class { get; }

    /// <summary>
    /// On devices whose kernels can move chunks this one does: it has a loop, or many elements, beside which a few loads and stores cost
    /// little. Hierarchical kernels never do.
    /// </summary>
    public virtual bool CarriesMoves => false;

    /// <summary>An input holds rows of a weight that the runtime fetched: these have the weight's element type, whatever activations have.</summary>
    public virtual bool IsFetchedRows(int input) => false;

    /// <summary>The streamed weight that this kernel reads in column panels; null when it has none.</summary>
    public virtual PanelLayout? Panels => null;
}
