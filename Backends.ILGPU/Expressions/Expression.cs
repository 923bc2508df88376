using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Operands;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Expressions;

/// <summary>
/// Device side of fused expressions: interpreted, one element at a time. Every thread of a launch takes the same path, and one compiled kernel
/// serves all expressions.
/// </summary>
internal static class Expression
{
    /// <summary>An expression all of whose operands are inputs.</summary>
    public static uint Evaluate(KernelOperands operands, int header, int position)
    {
        ArrayView<uint> registers = LocalMemory.Allocate<uint>(ExpressionTable.Registers);
        return Run(operands, header, position, registers, 0);
    }

    /// <summary>An expression whose operand 0 is a kernel's result.</summary>
    public static uint Apply(KernelOperands operands, int header, int position, uint result)
    {
        ArrayView<uint> registers = LocalMemory.Allocate<uint>(ExpressionTable.Registers);
        registers[0] = result;
        return Run(operands, header, position, registers, 1);
    }

    private static uint Run(KernelOperands operands, int header, int position, ArrayView<uint> registers, int first)
    {
        ArrayView<uint> table = operands.Table;
        int program = Walk.Part(table, header, KernelTable.ExpressionSlot);
        int slots = (int)table[header + KernelTable.OperandsSlot];
        int count = (int)table[program];
        int instructions = (int)table[program + 1];
        for (int i = first; i < count; i++)
        {
            registers[i] = Walk.Load(operands, header, slots + i, position);
        }

        int step = program + ExpressionTable.HeaderWords;
        for (int i = 0; i < instructions; i++)
        {
            var op = (ElementwiseOp)table[step];
            uint a = registers[(int)table[step + 2]];
            uint b = registers[(int)table[step + 3]];
            uint c = registers[(int)table[step + 4]];
            uint immediate = table[step + 5];
            registers[count + i] = op == ElementwiseOp.Constant ? immediate
                : op == ElementwiseOp.Select ? (c != 0 ? a : b)
                : table[step + 1] != 0 ? IntegerOps.Compute(op, (int)a, (int)b)
                : FloatOps.Compute(op, Interop.IntAsFloat(a), Interop.IntAsFloat(b));
            step += ExpressionTable.InstructionWords;
        }

        return registers[count + instructions - 1];
    }
}
