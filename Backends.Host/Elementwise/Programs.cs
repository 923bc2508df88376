using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>Programs put together from others.</summary>
internal static class Programs
{
    /// <summary>
    /// <paramref name="first"/>, then <paramref name="epilogue"/> on its result. The operands are those of the first, followed by the
    /// epilogue's from its operand 1 on.
    /// </summary>
    public static ElementwiseProgram Then(ElementwiseProgram first, ElementwiseProgram? epilogue)
    {
        if (epilogue is null)
        {
            return first;
        }

        int extra = Math.Max(0, epilogue.OperandCount - 1);
        int operands = first.OperandCount + extra;
        int result = first.Instructions.Length == 0 ? first.OperandCount - 1 : operands + first.Instructions.Length - 1;
        var instructions = ImmutableArray.CreateBuilder<ElementwiseInstruction>();
        foreach (ElementwiseInstruction instruction in first.Instructions)
        {
            instructions.Add(Renumber(instruction, register => register < first.OperandCount ? register : register + extra));
        }

        int start = operands + first.Instructions.Length;
        foreach (ElementwiseInstruction instruction in epilogue.Instructions)
        {
            instructions.Add(Renumber(instruction, register =>
                register >= epilogue.OperandCount ? start + register - epilogue.OperandCount
                : register == 0 ? result
                : first.OperandCount + register - 1));
        }

        if (epilogue.Instructions.Length == 0 && epilogue.OperandCount > 1)
        {
            // Its result is its last operand; a select between equals copies it.
            int last = operands - 1;
            instructions.Add(new ElementwiseInstruction(ElementwiseOp.Select, ElementType.Float32, last, last, last));
        }

        return new ElementwiseProgram(operands, instructions.ToImmutable());
    }

    private static ElementwiseInstruction Renumber(ElementwiseInstruction instruction, Func<int, int> map) => instruction with
    {
        A = instruction.A < 0 ? -1 : map(instruction.A),
        B = instruction.B < 0 ? -1 : map(instruction.B),
        C = instruction.C < 0 ? -1 : map(instruction.C),
    };
}
