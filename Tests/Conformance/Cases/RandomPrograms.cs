using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Conformance.Cases;

/// <summary>
/// Random fused expressions. Float primitives are continuous, so that rounding differences stay small; comparisons and logic work on
/// integers, where there are none.
/// </summary>
internal static class RandomPrograms
{
    private static readonly ElementwiseOp[] FloatUnary =
    [
        ElementwiseOp.Negate, ElementwiseOp.Absolute, ElementwiseOp.ErrorFunction, ElementwiseOp.Sine, ElementwiseOp.Cosine,
        ElementwiseOp.ArcTangent, ElementwiseOp.HyperbolicTangent, ElementwiseOp.Relu, ElementwiseOp.Sigmoid, ElementwiseOp.Silu,
        ElementwiseOp.Gelu, ElementwiseOp.GeluTanh, ElementwiseOp.Softplus,
    ];

    private static readonly ElementwiseOp[] FloatBinary =
        [ElementwiseOp.Add, ElementwiseOp.Subtract, ElementwiseOp.Multiply, ElementwiseOp.Minimum, ElementwiseOp.Maximum];

    private static readonly ElementwiseOp[] IntUnary =
        [ElementwiseOp.Negate, ElementwiseOp.Absolute, ElementwiseOp.Sign, ElementwiseOp.Relu, ElementwiseOp.Not];

    private static readonly ElementwiseOp[] IntBinary =
    [
        ElementwiseOp.Add, ElementwiseOp.Subtract, ElementwiseOp.Minimum, ElementwiseOp.Maximum, ElementwiseOp.FloorModulo,
        ElementwiseOp.Remainder, ElementwiseOp.Equal, ElementwiseOp.Less, ElementwiseOp.LessOrEqual, ElementwiseOp.Greater,
        ElementwiseOp.GreaterOrEqual, ElementwiseOp.And, ElementwiseOp.Or, ElementwiseOp.Xor,
    ];

    /// <summary>A program over operands of given types whose result has a given type.</summary>
    public static ElementwiseProgram Create(IReadOnlyList<ElementType> operands, ElementType result, Random random)
    {
        var types = new List<ElementType>(operands);
        var instructions = ImmutableArray.CreateBuilder<ElementwiseInstruction>();
        int length = random.Next(0, 7);
        for (int i = 0; i < length; i++)
        {
            Emit(Next(types, random));
        }

        if (types.Count == 0)
        {
            Emit(Constant(result, random));
        }

        if (types[^1] != result)
        {
            Emit(Ending(types, operands.Count, result, random));
        }

        return new ElementwiseProgram(operands.Count, instructions.ToImmutable());

        void Emit(ElementwiseInstruction instruction)
        {
            instructions.Add(instruction);
            types.Add(instruction.ResultType);
        }
    }

    private static ElementwiseInstruction Next(List<ElementType> types, Random random)
    {
        if (types.Count == 0 || random.Next(5) == 0)
        {
            return Constant(random.Next(3) == 0 ? ElementType.Int32 : ElementType.Float32, random);
        }

        int a = random.Next(types.Count);
        ElementType type = types[a];
        int[] same = [.. Enumerable.Range(0, types.Count).Where(register => types[register] == type)];
        int[] integers = [.. Enumerable.Range(0, types.Count).Where(register => types[register] == ElementType.Int32)];
        int b = same[random.Next(same.Length)];
        bool isFloat = type == ElementType.Float32;
        return random.Next(8) switch
        {
            0 when integers.Length > 0 => new ElementwiseInstruction(
                ElementwiseOp.Select, type, a, b, integers[random.Next(integers.Length)]),
            1 when !isFloat => new ElementwiseInstruction(ElementwiseOp.ToFloat, type, a),
            2 or 3 => new ElementwiseInstruction(Pick(isFloat ? FloatUnary : IntUnary, random), type, a),
            _ => new ElementwiseInstruction(Pick(isFloat ? FloatBinary : IntBinary, random), type, a, b),
        };
    }

    // Truncation only of operands: of a computed number, a rounding difference could change the integer.
    private static ElementwiseInstruction Ending(List<ElementType> types, int operands, ElementType result, Random random)
    {
        int last = types.Count - 1;
        int integer = types.LastIndexOf(ElementType.Int32);
        return result == ElementType.Float32 ? new ElementwiseInstruction(ElementwiseOp.ToFloat, ElementType.Int32, last)
            : integer >= 0 ? new ElementwiseInstruction(ElementwiseOp.Negate, ElementType.Int32, integer)
            : operands > 0 ? new ElementwiseInstruction(ElementwiseOp.ToInt, ElementType.Float32, 0)
            : Constant(ElementType.Int32, random);
    }

    private static ElementwiseInstruction Constant(ElementType type, Random random) => new(
        ElementwiseOp.Constant, type, Immediate: type == ElementType.Int32 ? random.Next(-3, 4) : (random.NextDouble() * 2) - 1);

    private static ElementwiseOp Pick(ElementwiseOp[] ops, Random random) => ops[random.Next(ops.Length)];
}
