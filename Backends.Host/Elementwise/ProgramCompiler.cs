using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>
/// Turns a program into loops over numbered sources: constants become repeated values, so that they cost no pass; registers become
/// temporaries by liveness; the last loop writes the result.
/// </summary>
internal sealed class ProgramCompiler
{
    private const int Result = -1;

    private readonly ElementwiseProgram program;
    private readonly int[] lastUse;
    private readonly int[] sources;
    private readonly Stack<int> free = new();

    public ProgramCompiler(ElementwiseProgram program)
    {
        this.program = program;
        lastUse = new int[program.RegisterCount];
        sources = new int[program.RegisterCount];
        FindLastUses();
        NumberOperandsAndConstants();
        EmitSteps();
    }

    public List<float> Constants { get; } = [];

    /// <summary>Registers that are alive at once and hold neither an operand, nor a constant, nor the result.</summary>
    public int Temporaries { get; private set; }

    public List<ElementwiseRunner.Step> Steps { get; } = [];

    private void FindLastUses()
    {
        for (int i = 0; i < program.Instructions.Length; i++)
        {
            foreach (int register in Registers(program.Instructions[i]))
            {
                if (register >= 0)
                {
                    lastUse[register] = i;
                }
            }
        }
    }

    private void NumberOperandsAndConstants()
    {
        for (int i = 0; i < program.OperandCount; i++)
        {
            sources[i] = i;
        }

        for (int i = 0; i < program.Instructions.Length; i++)
        {
            ElementwiseInstruction instruction = program.Instructions[i];
            if (instruction.Op == ElementwiseOp.Constant)
            {
                sources[program.OperandCount + i] = program.OperandCount + Constants.Count;
                Constants.Add(instruction.Type == ElementType.Int32
                    ? BitConverter.Int32BitsToSingle(checked((int)instruction.Immediate))
                    : (float)instruction.Immediate);
            }
        }
    }

    private void EmitSteps()
    {
        int last = program.RegisterCount - 1;
        if (last < 0)
        {
            throw new DeviceException("a fused expression without operands and instructions has no result");
        }

        for (int i = 0; i < program.Instructions.Length; i++)
        {
            ElementwiseInstruction instruction = program.Instructions[i];
            if (instruction.Op == ElementwiseOp.Constant)
            {
                continue;
            }

            int register = program.OperandCount + i;
            int destination = register == last ? Result : TakeTemporary();
            Steps.Add(new ElementwiseRunner.Step(
                FindLoop(instruction), Source(instruction.A), Source(instruction.B), Source(instruction.C), destination));
            sources[register] = destination;

            // Freed only now: a loop may write its destination before it has read all of its sources.
            foreach (int source in Registers(instruction).Distinct())
            {
                if (source >= program.OperandCount && lastUse[source] == i
                    && program.Instructions[source - program.OperandCount].Op != ElementwiseOp.Constant)
                {
                    free.Push(sources[source]);
                }
            }
        }

        if (Steps.Count == 0 || Steps[^1].Destination != Result)
        {
            // The result is an operand or a constant.
            Steps.Add(new ElementwiseRunner.Step(Primitives.FindCopy(), sources[last], 0, 0, Result));
        }
    }

    private TileLoop FindLoop(ElementwiseInstruction instruction)
    {
        if (instruction is { Op: ElementwiseOp.Power, Type: ElementType.Float32 } && instruction.B >= program.OperandCount
            && program.Instructions[instruction.B - program.OperandCount] is { Op: ElementwiseOp.Constant } exponent)
        {
            TileLoop power = Primitives.FindPower(exponent.Immediate);
            if (power.Exists)
            {
                return power;
            }
        }

        TileLoop loop = Primitives.Find(instruction.Op, instruction.Type);
        return loop.Exists
            ? loop
            : throw new DeviceException($"the host has no primitive {instruction.Op} on {instruction.Type}");
    }

    private int Source(int register) => register < 0 ? 0 : sources[register];

    private int TakeTemporary() => free.Count > 0 ? free.Pop() : program.OperandCount + Constants.Count + Temporaries++;

    private static int[] Registers(ElementwiseInstruction instruction) => [instruction.A, instruction.B, instruction.C];
}
