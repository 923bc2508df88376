using System.Text;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>
/// An <see cref="ElementwiseProgram"/> as a straight-line function of its operands' values. The function uses those of <c>math.cl</c> of
/// its width (<see cref="ClSource.Math"/>).
/// </summary>
internal static class ClProgramText
{
    /// <summary><c>static inline T name(T0 r0, T1 r1, ...)</c>, with the width behind the name: <c>epilogue4</c>.</summary>
    /// <param name="name">Name without width.</param>
    /// <param name="program">Primitives that no backend has on their type throw <see cref="DeviceException"/>.</param>
    /// <param name="operands">Type of every operand.</param>
    /// <param name="result">Type returned; a result register of the other type is returned by its bits.</param>
    /// <param name="width">1 for scalars, else 2, 4, 8 or 16.</param>
    public static string Function(
        string name, ElementwiseProgram program, IReadOnlyList<ElementType> operands, ElementType result, int width)
    {
        if (program.RegisterCount == 0)
        {
            throw new DeviceException("a fused expression without operands and instructions has no result");
        }

        if (operands.Count != program.OperandCount)
        {
            throw new ArgumentException($"{operands.Count} types for {program.OperandCount} operands", nameof(operands));
        }

        var writer = new Writer(program, operands, width);
        var text = new StringBuilder();
        string parameters = operands.Count == 0
            ? "void" : string.Join(", ", operands.Select((type, i) => $"{ClTypes.Value(type, width)} r{i}"));
        text.Append($"static inline {ClTypes.Value(result, width)} {ClTypes.Suffixed(name, width)}({parameters})\n{{\n");
        for (int i = 0; i < program.Instructions.Length; i++)
        {
            ElementwiseInstruction instruction = program.Instructions[i];
            string type = ClTypes.Value(instruction.ResultType, width);
            text.Append($"    {type} r{program.OperandCount + i} = {writer.Expression(instruction)};\n");
        }

        return text.Append($"    return {writer.Read(program.RegisterCount - 1, result)};\n}}\n").ToString();
    }

    /// <summary>Expressions of instructions over the registers r0, r1, ...</summary>
    private readonly struct Writer(ElementwiseProgram program, IReadOnlyList<ElementType> operands, int width)
    {
        private readonly int operandCount = program.OperandCount;

        /// <summary>A register's value in a type; registers of the other type are read by their bits.</summary>
        public string Read(int register, ElementType type)
        {
            ElementType own = register < operandCount ? operands[register] : program.Instructions[register - operandCount].ResultType;
            return ClTypes.Value(own) == ClTypes.Value(type) ? $"r{register}" : $"as_{ClTypes.Value(type, width)}(r{register})";
        }

        public string Expression(ElementwiseInstruction instruction)
        {
            ElementType type = instruction.Type;
            string a = instruction.A < 0 ? string.Empty : Read(instruction.A, SourceType(instruction));
            string b = instruction.B < 0 ? string.Empty : Read(instruction.B, SourceType(instruction));
            string? text = instruction.Op switch
            {
                ElementwiseOp.Constant => type == ElementType.Int32
                    ? ClTypes.Int(checked((int)instruction.Immediate)) : ClTypes.Float((float)instruction.Immediate),
                ElementwiseOp.Select => $"{Read(instruction.C, ElementType.Int32)} != 0 ? {a} : {b}",
                ElementwiseOp.And => $"({a} != 0) & ({b} != 0) & 1",
                ElementwiseOp.Or => $"(({a} | {b}) != 0) & 1",
                ElementwiseOp.Xor => $"(({a} != 0) ^ ({b} != 0)) & 1",
                ElementwiseOp.Not => $"({a} == 0) & 1",
                ElementwiseOp.Equal => $"({a} == {b}) & 1",
                ElementwiseOp.Less => $"({a} < {b}) & 1",
                ElementwiseOp.LessOrEqual => $"({a} <= {b}) & 1",
                ElementwiseOp.Greater => $"({a} > {b}) & 1",
                ElementwiseOp.GreaterOrEqual => $"({a} >= {b}) & 1",
                ElementwiseOp.ToFloat => $"{ClTypes.Suffixed("convert_float", width)}({a})",
                ElementwiseOp.ToInt => $"{ClTypes.Suffixed("convert_int", width)}_sat({a})",
                _ => type == ElementType.Int32 ? Int(instruction.Op, a, b) : Float(instruction, a, b),
            };
            return text ?? throw new DeviceException($"OpenCL kernels have no primitive {instruction.Op} on {type}");
        }

        private static ElementType SourceType(ElementwiseInstruction instruction) => instruction.Op switch
        {
            ElementwiseOp.And or ElementwiseOp.Or or ElementwiseOp.Xor or ElementwiseOp.Not or ElementwiseOp.ToFloat => ElementType.Int32,
            ElementwiseOp.ToInt => ElementType.Float32,
            _ => instruction.Type == ElementType.Int32 ? ElementType.Int32 : ElementType.Float32,
        };

        private string? Int(ElementwiseOp op, string a, string b) => op switch
        {
            ElementwiseOp.Add => Call("fm_add_int", a, b),
            ElementwiseOp.Subtract => Call("fm_sub_int", a, b),
            ElementwiseOp.Multiply => Call("fm_mul_int", a, b),
            ElementwiseOp.Divide => Call("fm_div_int", a, b),
            ElementwiseOp.Remainder => Call("fm_rem_int", a, b),
            ElementwiseOp.FloorModulo => Call("fm_floor_mod_int", a, b),
            ElementwiseOp.Power => Call("fm_pow_int", a, b),
            ElementwiseOp.Minimum => $"min({a}, {b})",
            ElementwiseOp.Maximum => $"max({a}, {b})",
            ElementwiseOp.Negate => Call("fm_neg_int", a),
            ElementwiseOp.Absolute => Call("fm_abs_int", a),
            ElementwiseOp.Sign => Call("fm_sign_int", a),
            ElementwiseOp.Relu => $"max({a}, 0)",
            ElementwiseOp.Floor or ElementwiseOp.Ceiling or ElementwiseOp.Round => a,
            ElementwiseOp.IsNaN => "0",
            _ => null,
        };

        private string? Float(ElementwiseInstruction instruction, string a, string b) => instruction.Op switch
        {
            ElementwiseOp.Add => $"{a} + {b}",
            ElementwiseOp.Subtract => $"{a} - {b}",
            ElementwiseOp.Multiply => $"{a} * {b}",
            ElementwiseOp.Divide => $"{a} / {b}",
            ElementwiseOp.Remainder => $"fmod({a}, {b})",
            ElementwiseOp.FloorModulo => Call("fm_floor_mod", a, b),
            ElementwiseOp.Power => Power(instruction.B, a, b),
            ElementwiseOp.Minimum => Call("fm_min", a, b),
            ElementwiseOp.Maximum => Call("fm_max", a, b),
            ElementwiseOp.Negate => $"-{a}",
            ElementwiseOp.Reciprocal => $"1.0f / {a}",
            ElementwiseOp.Sign => Call("fm_sign", a),
            ElementwiseOp.Relu => Call("fm_relu", a),
            ElementwiseOp.Exponential => Call("fm_exp", a),
            ElementwiseOp.ErrorFunction => Call("fm_erf", a),
            ElementwiseOp.HyperbolicTangent => Call("fm_tanh", a),
            ElementwiseOp.Sigmoid => Call("fm_sigmoid", a),
            ElementwiseOp.Silu => Call("fm_silu", a),
            ElementwiseOp.Gelu => Call("fm_gelu", a),
            ElementwiseOp.GeluTanh => Call("fm_gelu_tanh", a),
            ElementwiseOp.Softplus => Call("fm_softplus", a),
            ElementwiseOp.IsNaN => $"({a} != {a}) & 1",
            _ => Builtin(instruction.Op) is { } name ? $"{name}({a})" : null,
        };

        /// <summary>Builtins that take one argument and have every width.</summary>
        private static string? Builtin(ElementwiseOp op) => op switch
        {
            ElementwiseOp.Absolute => "fabs",
            ElementwiseOp.SquareRoot => "sqrt",
            ElementwiseOp.Logarithm => "log",
            ElementwiseOp.Sine => "sin",
            ElementwiseOp.Cosine => "cos",
            ElementwiseOp.Tangent => "tan",
            ElementwiseOp.ArcSine => "asin",
            ElementwiseOp.ArcCosine => "acos",
            ElementwiseOp.ArcTangent => "atan",
            ElementwiseOp.HyperbolicSine => "sinh",
            ElementwiseOp.HyperbolicCosine => "cosh",
            ElementwiseOp.ArcHyperbolicSine => "asinh",
            ElementwiseOp.ArcHyperbolicCosine => "acosh",
            ElementwiseOp.ArcHyperbolicTangent => "atanh",
            ElementwiseOp.Floor => "floor",
            ElementwiseOp.Ceiling => "ceil",
            ElementwiseOp.Round => "rint",
            _ => null,
        };

        private string Power(int exponentRegister, string a, string b)
        {
            double? exponent = exponentRegister >= operandCount
                && program.Instructions[exponentRegister - operandCount] is { Op: ElementwiseOp.Constant } constant
                ? constant.Immediate : null;
            return exponent switch
            {
                2 => $"{a} * {a}",
                3 => $"{a} * {a} * {a}",
                0.5 => $"sqrt({a})",
                -1 => $"1.0f / {a}",
                _ => $"pow({a}, {b})",
            };
        }

        private string Call(string function, params ReadOnlySpan<string> arguments) =>
            $"{ClTypes.Suffixed(function, width)}({string.Join(", ", arguments.ToArray())})";
    }
}
