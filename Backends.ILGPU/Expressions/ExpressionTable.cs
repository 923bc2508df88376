using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.ILGPU.Expressions;

/// <summary>
/// A fused expression as words: number of operands, number of instructions, and for each instruction its operator, the type of its sources (1
/// for integers), three source registers and an immediate.
/// </summary>
internal static class ExpressionTable
{
    public const int HeaderWords = 2;
    public const int InstructionWords = 6;

    /// <summary>Registers of one expression: the limits of fused programs, 8 operands and 32 instructions.</summary>
    public const int Registers = 40;

    public static IEnumerable<uint> Words(ElementwiseProgram program)
    {
        if (program.RegisterCount is < 1 or > Registers)
        {
            throw new DeviceException($"ilgpu: an expression of {program.RegisterCount} registers; 1 to {Registers} are supported");
        }

        yield return (uint)program.OperandCount;
        yield return (uint)program.Instructions.Length;
        foreach (ElementwiseInstruction step in program.Instructions)
        {
            bool integer = step.Type == ElementType.Int32;
            yield return (uint)step.Op;
            yield return integer ? 1u : 0u;
            yield return (uint)Math.Max(0, step.A);
            yield return (uint)Math.Max(0, step.B);
            yield return (uint)Math.Max(0, step.C);
            yield return integer ? unchecked((uint)(int)step.Immediate) : BitConverter.SingleToUInt32Bits((float)step.Immediate);
        }
    }
}
