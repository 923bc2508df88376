using System.Runtime.CompilerServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>
/// Evaluates an <see cref="ElementwiseProgram"/> over runs of elements, tile by tile: every instruction is one loop over a tile that
/// stays in the first-level cache, registers that are dead are reused, and the last instruction writes the result in place. Immutable and
/// thread-safe; scratch is the caller's.
/// </summary>
internal sealed unsafe class ElementwiseRunner
{
    /// <summary>Elements per tile: a tile of every register that is alive at once fits the first-level cache.</summary>
    public const int TileElements = 512;

    /// <summary>Most operands of a program.</summary>
    public const int MaxOperands = 24;

    /// <summary>
    /// Bytes of scratch that <see cref="Run"/> may use, aligned to 64 by the caller: a tile per operand and per live register, and the
    /// spread-out values and table entries of operands, constants and registers.
    /// </summary>
    public const int ScratchBytes = SlotBytes + SpreadBytes + (MaxSources * SourceBytes);

    private const int MaxSlots = 40;
    private const int MaxSources = 96;
    private const int SourceBytes = 16;
    private const int SlotBytes = MaxSlots * TileElements * sizeof(float);
    private const int SpreadBytes = MaxSources * TileSource.SpreadFloats * sizeof(float);

    private readonly int operandCount;
    private readonly float[] constants;
    private readonly int temporaries;
    private readonly Step[] steps;

    /// <param name="program">
    /// Checked here: a primitive that the host does not have, or more operands, constants or live registers than fit, throws
    /// <see cref="DeviceException"/>.
    /// </param>
    public ElementwiseRunner(ElementwiseProgram program)
    {
        var compiler = new ProgramCompiler(program);
        operandCount = program.OperandCount;
        constants = [.. compiler.Constants];
        temporaries = compiler.Temporaries;
        steps = [.. compiler.Steps];
        if (operandCount > MaxOperands || operandCount + temporaries > MaxSlots
            || operandCount + constants.Length + temporaries > MaxSources)
        {
            throw new DeviceException(
                $"a fused expression of {operandCount} operands, {constants.Length} constants and {temporaries} registers alive at once; "
                + $"the host takes {MaxOperands} operands, {MaxSlots} operands and registers, and {MaxSources} of all three");
        }
    }

    /// <summary>One loop: positions of its sources in the table (operands, then constants, then temporaries) and of its result.</summary>
    /// <param name="Loop">What to run.</param>
    /// <param name="A">First source.</param>
    /// <param name="B">Second source; 0 when unused.</param>
    /// <param name="C">Third source; 0 when unused.</param>
    /// <param name="Destination">A temporary, or -1 for the result.</param>
    public readonly record struct Step(TileLoop Loop, int A, int B, int C, int Destination);

    /// <summary>
    /// Computes <paramref name="count"/> elements. <paramref name="operands"/> has one run per operand of the program;
    /// <paramref name="result"/> is dense and may be operand 0 itself.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int count, ReadOnlySpan<OperandRun> operands, float* result, byte* scratch)
    {
        float* slots = (float*)scratch;
        float* spread = (float*)(scratch + SlotBytes);
        var sources = (TileSource*)(scratch + SlotBytes + SpreadBytes);
        bool gathers = false;
        for (int i = 0; i < operandCount; i++)
        {
            OperandRun operand = operands[i];
            switch (operand.Stride)
            {
                case 1:
                    sources[i] = new TileSource(operand.Pointer, dense: true);
                    break;
                case 0:
                    sources[i] = Spread(*operand.Pointer, spread + (i * TileSource.SpreadFloats));
                    break;
                default:
                    gathers = true;
                    sources[i] = new TileSource(slots + (i * TileElements), dense: true);
                    break;
            }
        }

        for (int i = 0; i < constants.Length; i++)
        {
            int source = operandCount + i;
            sources[source] = Spread(constants[i], spread + (source * TileSource.SpreadFloats));
        }

        for (int i = 0; i < temporaries; i++)
        {
            sources[operandCount + constants.Length + i] =
                new TileSource(slots + ((operandCount + i) * TileElements), dense: true);
        }

        for (int start = 0; start < count; start += TileElements)
        {
            int length = Math.Min(TileElements, count - start);
            if (gathers)
            {
                Gather(operands, start, length, slots);
            }

            foreach (ref readonly Step step in steps.AsSpan())
            {
                float* destination = step.Destination < 0 ? result + start : sources[step.Destination].Pointer;
                step.Loop.Run(sources + step.A, sources + step.B, sources + step.C, destination, length);
            }

            for (int i = 0; i < operandCount; i++)
            {
                if (operands[i].Stride == 1)
                {
                    sources[i] = sources[i].Advance(TileElements);
                }
            }
        }
    }

    private static TileSource Spread(float value, float* destination)
    {
        for (int i = 0; i < TileSource.SpreadFloats; i++)
        {
            destination[i] = value;
        }

        return new TileSource(destination, dense: false);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather(ReadOnlySpan<OperandRun> operands, int start, int length, float* slots)
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
                destination[k] = *source;
                source += stride;
            }
        }
    }
}
