using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Source;

/// <summary>
/// Every primitive of fused expressions on every pair of numbers of a list with the awkward ones, in vectors and scalars; the host
/// device is the judge. One expression computes all primitives and picks one by a third operand, so that few programs are compiled.
/// </summary>
public sealed class PrimitiveTests
{
    private static readonly float[] Floats =
    [
        float.NegativeInfinity, -1e20f, -100.5f, -88f, -2.5f, -1.5f, -1f, -0.5f, -1e-3f, -0f, 0f, 1e-3f, 0.25f, 0.5f, 1f, 1.5f, 2f, 2.5f, 3f,
        7.3f, 10f, 88.5f, 1e20f, float.PositiveInfinity, float.NaN,
    ];

    private static readonly int[] Integers =
        [int.MinValue, int.MinValue + 1, -70000, -33, -7, -3, -2, -1, 0, 1, 2, 3, 5, 12, 31, 32, 46341, 70000, int.MaxValue];

    private static readonly ElementwiseOp[] Comparisons =
    [
        ElementwiseOp.Equal, ElementwiseOp.Less, ElementwiseOp.LessOrEqual, ElementwiseOp.Greater, ElementwiseOp.GreaterOrEqual,
        ElementwiseOp.IsNaN,
    ];

    private static readonly ElementwiseOp[] NotArithmetic =
    [
        .. Comparisons, ElementwiseOp.Constant, ElementwiseOp.And, ElementwiseOp.Or, ElementwiseOp.Xor, ElementwiseOp.Not,
        ElementwiseOp.Select, ElementwiseOp.ToFloat, ElementwiseOp.ToInt,
    ];

    private static readonly ElementwiseOp[] IntegerOps =
    [
        ElementwiseOp.Add, ElementwiseOp.Subtract, ElementwiseOp.Multiply, ElementwiseOp.Divide, ElementwiseOp.FloorModulo,
        ElementwiseOp.Remainder, ElementwiseOp.Power, ElementwiseOp.Minimum, ElementwiseOp.Maximum, ElementwiseOp.Negate,
        ElementwiseOp.Absolute, ElementwiseOp.Sign, ElementwiseOp.Relu, ElementwiseOp.Floor, ElementwiseOp.And, ElementwiseOp.Or,
        ElementwiseOp.Xor, ElementwiseOp.Not, .. Comparisons,
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Float_arithmetic(bool cpuKernels) => Check(
        cpuKernels, [.. Enum.GetValues<ElementwiseOp>().Except(NotArithmetic)], ElementType.Float32, ElementType.Float32);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Float_comparisons(bool cpuKernels) =>
        Check(cpuKernels, [.. Comparisons, ElementwiseOp.ToInt], ElementType.Float32, ElementType.Int32);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Integer_arithmetic_logic_and_comparisons(bool cpuKernels) =>
        Check(cpuKernels, IntegerOps, ElementType.Int32, ElementType.Int32);

    private static async Task Check(bool cpuKernels, ElementwiseOp[] ops, ElementType type, ElementType result)
    {
        await using OpenClDevice device = OpenClTestDevice.Open(new OpenClDeviceOptions { CpuKernels = cpuKernels });
        await using HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        byte[] numbers = type == ElementType.Int32
            ? MemoryMarshal.AsBytes(Integers.AsSpan()).ToArray() : MemoryMarshal.AsBytes(Floats.AsSpan()).ToArray();
        int count = numbers.Length / sizeof(int);
        ElementwiseKernel kernel = Kernel(ops, type, result, count);

        byte[] expected = Run(host, kernel, numbers, ops.Length);
        byte[] actual = Run(device, kernel, numbers, ops.Length);

        for (int i = 0; i < expected.Length / sizeof(int); i++)
        {
            (int op, int pair) = Math.DivRem(i, count * count);
            double want = Number(expected, i, result);
            double got = Number(actual, i, result);
            bool same = want.Equals(got) || want == got
                || (result == ElementType.Float32 && Math.Abs(want - got) <= 1e-5 * Math.Max(1, Math.Abs(want)));
            string x = Number(numbers, pair / count, type).ToString("g9");
            string y = Number(numbers, pair % count, type).ToString("g9");
            Assert.True(same, $"{ops[op]} of {type} {x} and {y} is {got:g9}, on the host {want:g9}");
        }
    }

    // Axes: primitive, x, y.
    private static ElementwiseKernel Kernel(ElementwiseOp[] ops, ElementType type, ElementType result, int count)
    {
        var instructions = ImmutableArray.CreateBuilder<ElementwiseInstruction>();
        const int Operands = 3;
        int Emit(ElementwiseInstruction instruction)
        {
            instructions.Add(instruction);
            return Operands + instructions.Count - 1;
        }

        int picked = Emit(new ElementwiseInstruction(ElementwiseOp.Constant, result));
        for (int op = 0; op < ops.Length; op++)
        {
            int value = Emit(new ElementwiseInstruction(ops[op], type, 0, 1));
            int number = Emit(new ElementwiseInstruction(ElementwiseOp.Constant, ElementType.Int32, Immediate: op));
            int isThis = Emit(new ElementwiseInstruction(ElementwiseOp.Equal, ElementType.Int32, 2, number));
            picked = Emit(new ElementwiseInstruction(ElementwiseOp.Select, result, value, picked, isThis));
        }

        var shape = new Shape(ops.Length, count, count);
        return new ElementwiseKernel
        {
            Name = "primitives",
            Inputs =
            [
                TensorView.FromStrides(type, shape, [0, 1, 0]),
                TensorView.FromStrides(type, shape, [0, 0, 1]),
                TensorView.FromStrides(ElementType.Int32, shape, [1, 0, 0]),
            ],
            Output = TensorView.Dense(result, shape),
            Program = new ElementwiseProgram(Operands, instructions.ToImmutable()),
        };
    }

    private static byte[] Run(IDevice device, ElementwiseKernel kernel, byte[] numbers, int ops)
    {
        ICompiledKernel compiled = device.Prepare(kernel);
        using var memory = new CaseMemory(device);
        MemoryRange operands = memory.Upload(MemoryTier.Activation, numbers);
        int[] picks = [.. Enumerable.Range(0, ops)];
        MemoryRange output = memory.Upload(MemoryTier.Activation, new byte[kernel.Output.ElementCount * sizeof(int)]);
        var command = new DispatchCommand
        {
            Kernel = compiled,
            Inputs = [operands, operands, memory.Upload(MemoryTier.Activation, MemoryMarshal.AsBytes(picks.AsSpan()))],
            Output = output,
        };
        Timeline done = device.CreateTimeline("done");
        device.ComputeQueue.Dispatch(command, [], done.At(1));
        done.Wait(1);
        var result = new byte[output.Bytes];
        output.Memory.Read(output.Offset, result);
        return result;
    }

    private static double Number(byte[] bytes, int index, ElementType type) => type == ElementType.Int32
        ? BitConverter.ToInt32(bytes, index * sizeof(int)) : BitConverter.ToSingle(bytes, index * sizeof(float));
}
