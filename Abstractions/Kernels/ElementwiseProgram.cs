using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Abstractions.Kernels;

/// <summary>
/// One step of a fused expression. Registers are numbered: operands first, then one per instruction. Unused sources are -1.
/// </summary>
/// <param name="Op">What to compute.</param>
/// <param name="Type">Type that the sources are read as: Float32 or Int32.</param>
/// <param name="A">First source register.</param>
/// <param name="B">Second source register.</param>
/// <param name="C">Third source register.</param>
/// <param name="Immediate">Value of <see cref="ElementwiseOp.Constant"/>.</param>
public readonly record struct ElementwiseInstruction(
    ElementwiseOp Op, ElementType Type, int A = -1, int B = -1, int C = -1, double Immediate = 0)
{
    /// <summary>Type of the register it writes.</summary>
    public ElementType ResultType => Op switch
    {
        ElementwiseOp.Equal or ElementwiseOp.Less or ElementwiseOp.LessOrEqual or ElementwiseOp.Greater or ElementwiseOp.GreaterOrEqual
            or ElementwiseOp.IsNaN or ElementwiseOp.And or ElementwiseOp.Or or ElementwiseOp.Xor or ElementwiseOp.Not
            or ElementwiseOp.ToInt => ElementType.Int32,
        ElementwiseOp.ToFloat => ElementType.Float32,
        _ => Type,
    };
}

/// <summary>A straight-line expression evaluated per element. The result is the last register. Immutable.</summary>
public sealed record ElementwiseProgram(int OperandCount, ImmutableArray<ElementwiseInstruction> Instructions)
{
    public int RegisterCount => OperandCount + Instructions.Length;

    public bool Equals(ElementwiseProgram? other) =>
        other is not null && OperandCount == other.OperandCount && Instructions.AsSpan().SequenceEqual(other.Instructions.AsSpan());

    public override int GetHashCode() => HashCode.Combine(OperandCount, Instructions.Length);
}
