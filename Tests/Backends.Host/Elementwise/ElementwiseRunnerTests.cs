using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Tests.Conformance.Cases;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.Host.Elementwise;

/// <summary>Programs over runs of any length and stride, in place and with as many registers as fit.</summary>
public unsafe class ElementwiseRunnerTests
{
    private const int Most = 1400;

    [Property(MaxTest = 200)]
    public void Any_program_over_any_runs_computes_what_the_reference_does(int seed, bool inPlace)
    {
        var random = new Random(seed);
        int count = random.Next(1, Most);
        int operands = random.Next(1, 5);
        ElementwiseProgram program = RandomPrograms.Create(
            [.. Enumerable.Repeat(ElementType.Float32, operands)], ElementType.Float32, random);
        float[] memory = [.. Enumerable.Range(0, 3 * Most).Select(_ => (random.NextSingle() * 2) - 1)];
        int[] strides = [1, .. Enumerable.Range(1, operands).Select(_ => random.Next(-1, 4))];
        var result = new float[count];
        Array.Copy(memory, result, count);
        fixed (float* x = memory, target = result)
        {
            var runs = new OperandRun[operands];
            for (int i = 0; i < operands; i++)
            {
                runs[i] = i == 0 && inPlace ? new OperandRun(target, 1) : new OperandRun(Start(x, strides[i]), strides[i]);
            }

            ProgramHarness.Run(new ElementwiseRunner(program), count, runs, target);

            var values = new double[operands];
            for (int k = 0; k < count; k++)
            {
                for (int i = 0; i < operands; i++)
                {
                    values[i] = Start(x, strides[i])[k * strides[i]];
                }

                double expected = ReferenceProgram.Evaluate(program, values);
                Assert.Equal(expected, result[k], 3e-5 * Math.Max(1, Math.Abs(expected)));
            }
        }

        static float* Start(float* memory, int stride) => stride < 0 ? memory + Most : memory;
    }

    [Fact]
    public void Nothing_is_written_after_the_last_element()
    {
        var program = new ElementwiseProgram(1, [new ElementwiseInstruction(ElementwiseOp.Gelu, ElementType.Float32, 0)]);
        var runner = new ElementwiseRunner(program);
        for (int count = 0; count < 70; count++)
        {
            var x = new float[count + 16];
            var y = new float[count + 16];
            Array.Fill(y, 7);
            fixed (float* source = x, target = y)
            {
                ProgramHarness.Run(runner, count, [new OperandRun(source, 1)], target);
            }

            Assert.All(y[..count], value => Assert.Equal(0, value));
            Assert.All(y[count..], value => Assert.Equal(7, value));
        }
    }

    [Fact]
    public void Registers_that_died_are_used_again()
    {
        // A chain of any length needs two temporaries.
        ElementwiseInstruction[] chain =
        [
            .. Enumerable.Range(0, 500).Select(i => new ElementwiseInstruction(ElementwiseOp.Negate, ElementType.Float32, i)),
        ];

        Assert.Equal([3f, -2f], ProgramHarness.Run(new ElementwiseProgram(1, [.. chain]), [3f, -2f]));
    }

    [Fact]
    public void More_live_registers_than_fit_are_refused_with_their_number()
    {
        const int Live = 60;
        var instructions = new List<ElementwiseInstruction>();
        for (int i = 0; i < Live; i++)
        {
            instructions.Add(new ElementwiseInstruction(ElementwiseOp.Negate, ElementType.Float32, 0));
        }

        for (int i = 0; i < Live; i++)
        {
            instructions.Add(new ElementwiseInstruction(ElementwiseOp.Add, ElementType.Float32, 1 + i, instructions.Count));
        }

        var error = Assert.Throws<DeviceException>(() => new ElementwiseRunner(new ElementwiseProgram(1, [.. instructions])));
        Assert.Contains("61", error.Message);
    }
}
