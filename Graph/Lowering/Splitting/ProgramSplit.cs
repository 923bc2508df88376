using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Graph.Lowering.Splitting;

/// <summary>
/// A fused program as two: what stays with the kernel and what runs on its stored result. A bias, added first of all, stays, as in the
/// FlashMem paper's example (section 4.3): MatMul + Add + GeLU becomes MatMul + Add and GeLU. Everything else goes.
/// </summary>
/// <param name="Head">Runs on the kernel's result; null when nothing stays.</param>
/// <param name="HeadOperands">Operands of the program that the head reads, ascending, without operand 0.</param>
/// <param name="Tail">Runs on the head's result, its operand 0.</param>
/// <param name="TailOperands">Operands of the program that the tail reads, ascending, without operand 0.</param>
internal sealed record ProgramSplit(
    ElementwiseProgram? Head, ImmutableArray<int> HeadOperands, ElementwiseProgram Tail, ImmutableArray<int> TailOperands)
{
    /// <param name="program">Operand 0 is the kernel's result.</param>
    /// <param name="isWeight">Whether an operand from 1 on is a weight, so that adding it is a bias.</param>
    public static ProgramSplit Of(ElementwiseProgram program, Func<int, bool> isWeight)
    {
        int staying = BiasStays(program, isWeight) ? 1 : 0;
        ImmutableArray<ElementwiseInstruction> head = program.Instructions[..staying];
        ImmutableArray<ElementwiseInstruction> tail = program.Instructions[staying..];
        int crossing = staying == 0 ? 0 : program.OperandCount;
        ImmutableArray<int> headOperands = Operands(program, head);
        ImmutableArray<int> tailOperands = Operands(program, tail);
        return new ProgramSplit(
            head.IsEmpty ? null : Renumbered(program, head, 0, 0, headOperands),
            headOperands,
            Renumbered(program, tail, staying, crossing, tailOperands),
            tailOperands);
    }

    /// <summary>The first instruction adds a weight to the result, something follows, and that reads nothing but the sum.</summary>
    private static bool BiasStays(ElementwiseProgram program, Func<int, bool> isWeight)
    {
        ElementwiseInstruction first = program.Instructions[0];
        int other = first.A == 0 ? first.B : first.A;
        return first.Op == ElementwiseOp.Add
            && (first.A == 0) != (first.B == 0)
            && other < program.OperandCount && isWeight(other)
            && program.Instructions.Length > 1
            && program.Instructions.Skip(1).All(instruction => !Sources(instruction).Contains(0));
    }

    private static ImmutableArray<int> Operands(ElementwiseProgram program, ImmutableArray<ElementwiseInstruction> part) =>
    [
        .. part.SelectMany(Sources).Where(source => source > 0 && source < program.OperandCount).Distinct().Order(),
    ];

    /// <summary>A part whose operand 0 is the register <paramref name="crossing"/> of the whole.</summary>
    private static ElementwiseProgram Renumbered(
        ElementwiseProgram whole,
        ImmutableArray<ElementwiseInstruction> part,
        int first,
        int crossing,
        ImmutableArray<int> operands)
    {
        int Register(int source)
        {
            if (source < 0)
            {
                return source;
            }

            if (source == crossing)
            {
                return 0;
            }

            return source < whole.OperandCount
                ? 1 + operands.IndexOf(source)
                : source - whole.OperandCount - first + operands.Length + 1;
        }

        return new ElementwiseProgram(
            operands.Length + 1,
            [.. part.Select(step => step with { A = Register(step.A), B = Register(step.B), C = Register(step.C) })]);
    }

    private static IEnumerable<int> Sources(ElementwiseInstruction instruction) =>
        ((int[])[instruction.A, instruction.B, instruction.C]).Where(source => source >= 0);
}
