using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Backends.Host.Panels;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.Host.Panels;

public sealed unsafe class FastEpilogueTests
{
    private static readonly ImmutableArray<ElementwiseOp> Activations =
        [ElementwiseOp.Relu, ElementwiseOp.Gelu, ElementwiseOp.GeluTanh, ElementwiseOp.Silu, ElementwiseOp.Sigmoid];

    [Property(MaxTest = 200)]
    public void GivesTheInterpretersBits(int seed)
    {
        var random = new Random(seed);
        int adds = random.Next(3);
        var steps = new List<ElementwiseInstruction>();
        int current = 0;
        for (int i = 1; i <= adds; i++)
        {
            int operand = adds == 2 && random.Next(2) == 0 ? 3 - i : i;
            operand = steps.Count > 0 ? (steps[0].A == 1 || steps[0].B == 1 ? 2 : 1) : operand;
            steps.Add(random.Next(2) == 0 ? Float(ElementwiseOp.Add, current, operand) : Float(ElementwiseOp.Add, operand, current));
            current = adds + i;
        }

        if (adds == 0 || random.Next(2) == 0)
        {
            steps.Add(Float(Activations[random.Next(Activations.Length)], current, -1));
        }

        var program = new ElementwiseProgram(adds + 1, [.. steps]);
        FastEpilogue? fast = FastEpilogue.Match(program);
        Assert.NotNull(fast);

        int count = random.Next(1, 100);
        float* values = stackalloc float[5 * 100];
        for (int i = 0; i < 300; i++)
        {
            values[i] = (random.NextSingle() - 0.5f) * 20;
        }

        fast.Run(
            values, Operand(values, fast.First), Operand(values, fast.Second), values + 300, count);
        OperandRun[] runs = [.. Enumerable.Range(0, adds + 1).Select(i => new OperandRun(values + (100 * i), 1))];
        byte[] scratch = GC.AllocateArray<byte>(ElementwiseRunner.ScratchBytes + 64, pinned: true);
        byte* aligned = (byte*)(((nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref scratch[0]) + 63) & ~63);
        new ElementwiseRunner(program).Run(count, runs, values + 400, aligned);
        Assert.Equal(new Span<float>(values + 400, count).ToArray(), new Span<float>(values + 300, count).ToArray());
    }

    [Fact]
    public void OtherProgramsAreLeftToTheInterpreter()
    {
        Assert.Null(FastEpilogue.Match(new ElementwiseProgram(2, [Float(ElementwiseOp.Multiply, 0, 1)])));
        Assert.Null(FastEpilogue.Match(new ElementwiseProgram(1, [Float(ElementwiseOp.Add, 0, 0)])));
        Assert.Null(FastEpilogue.Match(new ElementwiseProgram(2, [Float(ElementwiseOp.Relu, 0, -1), Float(ElementwiseOp.Add, 2, 1)])));
        Assert.Null(FastEpilogue.Match(new ElementwiseProgram(2, [Float(ElementwiseOp.Relu, 1, -1)])));
        Assert.Null(FastEpilogue.Match(new ElementwiseProgram(3, [
            Float(ElementwiseOp.Add, 1, 2), Float(ElementwiseOp.Add, 0, 3)])));
        Assert.Null(FastEpilogue.Match(new ElementwiseProgram(2, [
            new ElementwiseInstruction(ElementwiseOp.Add, ElementType.Int32, 0, 1)])));
    }

    private static ElementwiseInstruction Float(ElementwiseOp op, int a, int b) => new(op, ElementType.Float32, a, b);

    private static float* Operand(float* values, int operand) => operand < 0 ? null : values + (100 * (operand + 1));
}
