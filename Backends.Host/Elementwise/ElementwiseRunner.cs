using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>
/// Evaluates an <see cref="ElementwiseProgram"/> over runs of elements, tile by tile: every instruction is one loop over a tile that
/// stays in the first-level cache, and registers that are dead are reused. Immutable and thread-safe; scratch is the caller's.
/// </summary>
internal sealed unsafe class ElementwiseRunner
{
    private const int TileElements = 256;
    private const int MaxSlots = 48;
    private const int MaxBroadcasts = 64;

    /// <summary>Bytes of scratch that <see cref="Run"/> may use; aligned to 64 by the caller.</summary>
    public const int ScratchBytes = ((MaxSlots * TileElements) + (MaxBroadcasts * LaneLoops.BroadcastFloats)) * sizeof(float);

    private readonly Step[] steps;
    private readonly float[] constants;
    private readonly int operandCount;
    private readonly int temporaries;

    /// <param name="program">Checked here: unknown primitives or too many live registers throw <see cref="DeviceException"/>.</param>
    public ElementwiseRunner(ElementwiseProgram program)
    {
        operandCount = program.OperandCount;
        var constantValues = new List<float>();
        steps = Compile(program, constantValues, out temporaries);
        constants = [.. constantValues];
        if (temporaries + operandCount > MaxSlots || operandCount + constants.Length > MaxBroadcasts)
        {
            throw new DeviceException(
                $"a fused expression of {operandCount} operands, {constants.Length} constants and {temporaries} live registers exceeds the "
                + $"host's {MaxSlots} tile registers");
        }
    }

    private enum SourceKind : byte
    {
        None,
        Operand,
        Constant,
        Temporary,
    }

    /// <summary>
    /// Computes <paramref name="count"/> elements. <paramref name="operands"/> has one run per operand of the program;
    /// <paramref name="result"/> is dense and may be operand 0 itself.
    /// </summary>
    public void Run(int count, ReadOnlySpan<OperandRun> operands, float* result, byte* scratch)
    {
        float* slots = (float*)scratch;
        float* spread = slots + (MaxSlots * TileElements);
        for (int i = 0; i < operandCount; i++)
        {
            if (operands[i].Stride == 0)
            {
                Spread(*operands[i].Pointer, spread + (i * LaneLoops.BroadcastFloats));
            }
        }

        for (int i = 0; i < constants.Length; i++)
        {
            Spread(constants[i], spread + ((operandCount + i) * LaneLoops.BroadcastFloats));
        }

        for (int start = 0; start < count; start += TileElements)
        {
            int length = Math.Min(TileElements, count - start);
            GatherStrided(operands, start, length, slots);
            foreach (ref readonly Step step in steps.AsSpan())
            {
                float* destination = step.Destination < 0 ? result + start : Temporary(slots, step.Destination);
                Execute(
                    step,
                    Resolve(step.A, operands, start, slots, spread, out bool aDense),
                    aDense,
                    Resolve(step.B, operands, start, slots, spread, out bool bDense),
                    bDense,
                    Resolve(step.C, operands, start, slots, spread, out bool cDense),
                    cDense,
                    destination,
                    length);
            }
        }
    }

    private static void Spread(float value, float* destination) => new Span<float>(destination, LaneLoops.BroadcastFloats).Fill(value);

    private float* Temporary(float* slots, int index) => slots + ((operandCount + index) * TileElements);

    private void GatherStrided(ReadOnlySpan<OperandRun> operands, int start, int length, float* slots)
    {
        for (int i = 0; i < operandCount; i++)
        {
            long stride = operands[i].Stride;
            if (stride is 0 or 1)
            {
                continue;
            }

            float* source = operands[i].Pointer + (start * stride);
            float* destination = slots + (i * TileElements);
            for (int k = 0; k < length; k++)
            {
                destination[k] = source[k * stride];
            }
        }
    }

    private float* Resolve(Source source, ReadOnlySpan<OperandRun> operands, int start, float* slots, float* spread, out bool dense)
    {
        dense = true;
        switch (source.Kind)
        {
            case SourceKind.Operand:
                switch (operands[source.Index].Stride)
                {
                    case 1:
                        return operands[source.Index].Pointer + start;
                    case 0:
                        dense = false;
                        return spread + (source.Index * LaneLoops.BroadcastFloats);
                    default:
                        return slots + (source.Index * TileElements);
                }

            case SourceKind.Constant:
                dense = false;
                return spread + ((operandCount + source.Index) * LaneLoops.BroadcastFloats);
            case SourceKind.Temporary:
                return Temporary(slots, source.Index);
            default:
                return null;
        }
    }

    private static void Execute(
        in Step step, float* a, bool aDense, float* b, bool bDense, float* c, bool cDense, float* destination, int count)
    {
        if (step.Type == ElementType.Float32 && ExecuteVectorised(step.Op, a, aDense, b, bDense, destination, count))
        {
            return;
        }

        for (int i = 0; i < count; i++)
        {
            float x = aDense ? a[i] : a[0];
            float y = b is null ? 0 : bDense ? b[i] : b[0];
            destination[i] = step.Op switch
            {
                ElementwiseOp.Select => BitConverter.SingleToInt32Bits(cDense ? c[i] : c[0]) != 0 ? x : y,
                ElementwiseOp.ToFloat => BitConverter.SingleToInt32Bits(x),
                ElementwiseOp.ToInt => BitConverter.Int32BitsToSingle(ScalarOps.ToInt(x)),
                _ when step.Type == ElementType.Int32 => BitConverter.Int32BitsToSingle(
                    ScalarOps.Int(step.Op, BitConverter.SingleToInt32Bits(x), BitConverter.SingleToInt32Bits(y))),
                _ when ScalarOps.IsComparison(step.Op) => BitConverter.Int32BitsToSingle(ScalarOps.Compare(step.Op, x, y)),
                _ => ScalarOps.Float(step.Op, x, y),
            };
        }
    }

    // False for the primitives that have no vectorised loop.
    private static bool ExecuteVectorised(ElementwiseOp op, float* a, bool aDense, float* b, bool bDense, float* d, int count)
    {
        switch (op)
        {
            case ElementwiseOp.Add: LaneLoops.Binary<LaneOps.Add>(a, aDense, b, bDense, d, count); break;
            case ElementwiseOp.Subtract: LaneLoops.Binary<LaneOps.Subtract>(a, aDense, b, bDense, d, count); break;
            case ElementwiseOp.Multiply: LaneLoops.Binary<LaneOps.Multiply>(a, aDense, b, bDense, d, count); break;
            case ElementwiseOp.Divide: LaneLoops.Binary<LaneOps.Divide>(a, aDense, b, bDense, d, count); break;
            case ElementwiseOp.Minimum: LaneLoops.Binary<LaneOps.Minimum>(a, aDense, b, bDense, d, count); break;
            case ElementwiseOp.Maximum: LaneLoops.Binary<LaneOps.Maximum>(a, aDense, b, bDense, d, count); break;
            case ElementwiseOp.Constant: LaneLoops.Unary<LaneOps.Copy>(a, aDense, d, count); break;
            case ElementwiseOp.Negate: LaneLoops.Unary<LaneOps.Negate>(a, aDense, d, count); break;
            case ElementwiseOp.Absolute: LaneLoops.Unary<LaneOps.Absolute>(a, aDense, d, count); break;
            case ElementwiseOp.Reciprocal: LaneLoops.Unary<LaneOps.Reciprocal>(a, aDense, d, count); break;
            case ElementwiseOp.SquareRoot: LaneLoops.Unary<LaneOps.SquareRoot>(a, aDense, d, count); break;
            case ElementwiseOp.Exponential: LaneLoops.Unary<LaneOps.Exponential>(a, aDense, d, count); break;
            case ElementwiseOp.ErrorFunction: LaneLoops.Unary<LaneOps.ErrorFunction>(a, aDense, d, count); break;
            case ElementwiseOp.HyperbolicTangent: LaneLoops.Unary<LaneOps.HyperbolicTangent>(a, aDense, d, count); break;
            case ElementwiseOp.Floor: LaneLoops.Unary<LaneOps.Floor>(a, aDense, d, count); break;
            case ElementwiseOp.Ceiling: LaneLoops.Unary<LaneOps.Ceiling>(a, aDense, d, count); break;
            case ElementwiseOp.Round: LaneLoops.Unary<LaneOps.Round>(a, aDense, d, count); break;
            case ElementwiseOp.Relu: LaneLoops.Unary<LaneOps.Relu>(a, aDense, d, count); break;
            case ElementwiseOp.Sigmoid: LaneLoops.Unary<LaneOps.Sigmoid>(a, aDense, d, count); break;
            case ElementwiseOp.Silu: LaneLoops.Unary<LaneOps.Silu>(a, aDense, d, count); break;
            case ElementwiseOp.Gelu: LaneLoops.Unary<LaneOps.Gelu>(a, aDense, d, count); break;
            case ElementwiseOp.GeluTanh: LaneLoops.Unary<LaneOps.GeluTanh>(a, aDense, d, count); break;
            default: return false;
        }

        return true;
    }

    private static bool IsVectorised(ElementwiseOp op) => op <= ElementwiseOp.GeluTanh && op is not (
        ElementwiseOp.FloorModulo or ElementwiseOp.Remainder or ElementwiseOp.Power or ElementwiseOp.Sign or ElementwiseOp.Logarithm
        or ElementwiseOp.Sine or ElementwiseOp.Cosine or ElementwiseOp.Tangent or ElementwiseOp.ArcSine or ElementwiseOp.ArcCosine
        or ElementwiseOp.ArcTangent or ElementwiseOp.HyperbolicSine or ElementwiseOp.HyperbolicCosine or ElementwiseOp.ArcHyperbolicSine
        or ElementwiseOp.ArcHyperbolicCosine or ElementwiseOp.ArcHyperbolicTangent);

    // Constants become spread-out scalars, registers become tile slots by liveness; the last step writes the result.
    private static Step[] Compile(ElementwiseProgram program, List<float> constants, out int temporaries)
    {
        int first = program.OperandCount;
        int last = program.RegisterCount - 1;
        var sources = new Source[program.RegisterCount];
        for (int i = 0; i < first; i++)
        {
            sources[i] = new Source(SourceKind.Operand, i);
        }

        int[] lastUse = LastUses(program);
        var free = new SortedSet<int>();
        temporaries = 0;
        var steps = new List<Step>();
        for (int i = 0; i < program.Instructions.Length; i++)
        {
            ElementwiseInstruction instruction = program.Instructions[i];
            int register = first + i;
            if (instruction.Op == ElementwiseOp.Constant)
            {
                sources[register] = new Source(SourceKind.Constant, constants.Count);
                constants.Add(instruction.Type == ElementType.Int32
                    ? BitConverter.Int32BitsToSingle((int)instruction.Immediate) : (float)instruction.Immediate);
                continue;
            }

            Check(instruction);
            Source a = Read(instruction.A);
            Source b = Read(instruction.B);
            Source c = Read(instruction.C);
            int destination = -1;
            if (register != last)
            {
                // Slots of sources that die here are not reused for this destination: loops may read one while writing the other.
                destination = free.Count > 0 ? free.Min : temporaries++;
                free.Remove(destination);
                sources[register] = new Source(SourceKind.Temporary, destination);
            }

            steps.Add(new Step(instruction.Op, instruction.Type, a, b, c, destination));
            foreach (int source in (ReadOnlySpan<int>)[instruction.A, instruction.B, instruction.C])
            {
                if (source >= first && lastUse[source] == i && sources[source].Kind == SourceKind.Temporary)
                {
                    free.Add(sources[source].Index);
                }
            }
        }

        if (steps.Count == 0 || steps[^1].Destination >= 0)
        {
            // An empty program, or one whose result is a constant or an operand: copy it out.
            steps.Add(new Step(ElementwiseOp.Constant, ElementType.Float32, sources[last], default, default, -1));
        }

        return [.. steps];

        Source Read(int register) => register < 0 ? default : sources[register];
    }

    private static int[] LastUses(ElementwiseProgram program)
    {
        var lastUse = new int[program.RegisterCount];
        for (int i = 0; i < program.Instructions.Length; i++)
        {
            foreach (int source in (ReadOnlySpan<int>)[program.Instructions[i].A, program.Instructions[i].B, program.Instructions[i].C])
            {
                if (source >= 0)
                {
                    lastUse[source] = i;
                }
            }
        }

        return lastUse;
    }

    private static void Check(ElementwiseInstruction instruction)
    {
        bool known = instruction.Op is ElementwiseOp.Select or ElementwiseOp.ToFloat or ElementwiseOp.ToInt
            || (instruction.Type == ElementType.Float32 && IsVectorised(instruction.Op))
            || ScalarOps.IsKnown(instruction.Op, instruction.Type);
        if (!known)
        {
            throw new DeviceException($"the host has no primitive {instruction.Op} on {instruction.Type}");
        }
    }

    private readonly record struct Source(SourceKind Kind, int Index);

    private readonly record struct Step(ElementwiseOp Op, ElementType Type, Source A, Source B, Source C, int Destination);
}
