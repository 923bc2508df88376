using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Backends.Host.MatMul;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.Host.MatMul;

public sealed class MatMulTests(HostWorkers workers) : IClassFixture<HostWorkers>
{
    [Theory]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.Float32)]
    public void EveryRowRemainderMatchesTheReference(ElementType type)
    {
        var random = new Random(7);
        for (int rows = 1; rows <= 25; rows++)
        {
            CheckWeight(rows, 40 + rows, 32 + (5 * rows), type, random, dense: true);
        }
    }

    [Theory]
    [InlineData(1, 256, 32)]
    [InlineData(3, 257, 33)]
    [InlineData(197, 768, 100)]
    [InlineData(205, 513, 48)]
    [InlineData(2, 1500, 16)]
    [InlineData(13, 1, 1)]
    [InlineData(400, 70, 700)]
    public void BlockEdgesMatchTheReference(int rows, int depth, int columns) =>
        CheckWeight(rows, depth, columns, ElementType.Float16, new Random(depth), dense: true);

    [Property(MaxTest = 60)]
    public void RandomStridedProductsMatchTheReference(int seed)
    {
        var random = new Random(seed);
        ElementType type = random.Next(2) == 0 ? ElementType.Float16 : ElementType.Float32;
        CheckWeight(random.Next(1, 60), random.Next(1, 320), random.Next(1, 150), type, random, dense: false);
    }

    [Property(MaxTest = 60)]
    public void RandomActivationProductsMatchTheReference(int seed)
    {
        var random = new Random(seed);
        int batch = random.Next(1, 5);
        int rows = random.Next(1, 40);
        int depth = random.Next(1, 300);
        int columns = random.Next(1, 80);
        var desc = new MatMulKernel
        {
            Name = "test",
            Inputs = [View(new Shape(batch, rows, depth), random), View(new Shape(batch, depth, columns), random)],
            Output = View(new Shape(batch, rows, columns), random),
        };
        float[][] inputs = [.. desc.Inputs.Select(view => KernelHarness.RandomBuffer(view, random))];
        float[] output = KernelHarness.Run(HostMatMul.Compile(desc), inputs, null, workers.Three);
        double[] a = KernelHarness.Logical(desc.Inputs[0], inputs[0]);
        double[] b = KernelHarness.Logical(desc.Inputs[1], inputs[1]);
        var expected = new double[batch * rows * columns];
        for (int i = 0; i < batch; i++)
        {
            Multiply(a.AsSpan(i * rows * depth), b.AsSpan(i * depth * columns), rows, depth, columns, expected.AsSpan(i * rows * columns));
        }

        KernelHarness.AssertClose(expected, KernelHarness.Logical(desc.Output, output), depth, $"{desc.Inputs[0]} by {desc.Inputs[1]}");
    }

    [Property(MaxTest = 30)]
    public void SlicesAndWorkersGiveTheSameBits(int seed)
    {
        var random = new Random(seed);
        int rows = random.Next(1, 250);
        int depth = random.Next(1, 700);
        var layout = new PanelLayout(1, depth, random.Next(1, 600), ElementType.Float16, 32);
        MatMulKernel desc = Describe(rows, layout, random, dense: true);
        var weight = new PanelWeightData(layout, random);
        float[][] inputs = [.. desc.Inputs.Select(view => KernelHarness.RandomBuffer(view, random))];
        IHostKernel kernel = HostMatMul.Compile(desc);
        float[] whole = KernelHarness.Run(kernel, inputs, weight, workers.One, layout.PanelCount);
        float[] sliced = KernelHarness.Run(
            kernel, inputs, weight, workers.Three, random.Next(1, 4), KernelHarness.RandomSlices(layout, random));
        Assert.Equal(whole, sliced);
    }

    [Fact]
    public void OtherColumnsStayUntouched()
    {
        var random = new Random(3);
        var layout = new PanelLayout(1, 20, 100, ElementType.Float16, 32);
        MatMulKernel desc = Describe(5, layout, random, dense: true);
        var weight = new PanelWeightData(layout, random);
        float[][] inputs = [.. desc.Inputs.Select(view => KernelHarness.RandomBuffer(view, random))];
        float[] output = KernelHarness.Run(HostMatMul.Compile(desc), inputs, weight, workers.One, 1, [new PanelRange(1, 1)]);
        double[] values = KernelHarness.Logical(desc.Output, output);
        for (int i = 0; i < values.Length; i++)
        {
            Assert.Equal(i % 100 is < 32 or >= 64, values[i] == KernelHarness.Untouched);
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(17, false)]
    [InlineData(17, true)]
    [InlineData(210, false)]
    public void EpilogueReadsOperandsAtTheirRowsAndColumns(int rows, bool scattered)
    {
        var random = new Random(rows);
        var layout = new PanelLayout(1, 33, 90, ElementType.Float32, 32);
        var shape = new Shape(1, rows, 90);

        // (result + bias) * perRow, then + residual, then relu.
        MatMulKernel desc = Describe(rows, layout, random, dense: true) with
        {
            Output = scattered
                ? TensorView.FromFactors(ElementType.Float32, [[], [new(rows, 9)], [new(10, 9 * rows), new(9, 1)]])
                : TensorView.Dense(ElementType.Float32, shape),
            Epilogue = new ElementwiseProgram(4, [
                new(ElementwiseOp.Add, ElementType.Float32, 0, 1),
                new(ElementwiseOp.Multiply, ElementType.Float32, 4, 2),
                new(ElementwiseOp.Add, ElementType.Float32, 5, 3),
                new(ElementwiseOp.Relu, ElementType.Float32, 6)]),
        };
        desc = desc with
        {
            Inputs = [desc.Inputs[0], KernelHarness.Broadcast(shape, 2), KernelHarness.Broadcast(shape, 1), View(shape, random)],
        };
        var weight = new PanelWeightData(layout, random);
        float[][] inputs = [.. desc.Inputs.Select(view => KernelHarness.RandomBuffer(view, random))];
        float[] output = KernelHarness.Run(HostMatMul.Compile(desc), inputs, weight, workers.Three);
        double[][] operands = [.. desc.Inputs.Select((view, i) => KernelHarness.Logical(view, inputs[i]))];
        var expected = new double[rows * 90];
        Multiply(operands[0], weight.Values, rows, 33, 90, expected);
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] = Math.Max(0, ((expected[i] + operands[1][i]) * operands[2][i]) + operands[3][i]);
        }

        KernelHarness.AssertClose(expected, KernelHarness.Logical(desc.Output, output), 33, "epilogue");
    }

    [Fact]
    public void EveryFiniteHalfWeightIsExact()
    {
        // Depth 1 and a left-hand side of 1: the output is the weight itself.
        var layout = new PanelLayout(1, 1, 65536, ElementType.Float16, 32);
        MatMulKernel desc = Describe(1, layout, new Random(0), dense: true);
        var weight = new PanelWeightData(layout, new Random(0));
        for (int bits = 0; bits < 65536; bits++)
        {
            Half half = BitConverter.UInt16BitsToHalf((ushort)bits);
            BitConverter.GetBytes(Half.IsFinite(half) ? half : Half.Zero).CopyTo(weight.Bytes, 2 * bits);
        }

        float[] output = KernelHarness.Run(HostMatMul.Compile(desc), [[1f]], weight, workers.One, 64);
        for (int bits = 0; bits < 65536; bits++)
        {
            Half half = BitConverter.UInt16BitsToHalf((ushort)bits);
            Assert.Equal(Half.IsFinite(half) ? (float)half : 0f, output[bits]);
        }
    }

    [Fact]
    public void AWeightForAnotherDeviceIsRefused()
    {
        MatMulKernel desc = Describe(4, new PanelLayout(1, 8, 8, ElementType.Float16, 8), new Random(0), dense: true);
        var error = Assert.Throws<DeviceException>(() => HostMatMul.Compile(desc));
        Assert.Contains("8 columns", error.Message, StringComparison.Ordinal);
    }

    private static TensorView View(Shape shape, Random random) => KernelHarness.RandomView(shape, random);

    private static MatMulKernel Describe(int rows, PanelLayout layout, Random random, bool dense)
    {
        var left = new Shape(1, rows, layout.Depth);
        var output = new Shape(1, rows, layout.Columns);
        return new MatMulKernel
        {
            Name = "test",
            Inputs = [dense ? TensorView.Dense(ElementType.Float32, left) : View(left, random)],
            Output = dense ? TensorView.Dense(ElementType.Float32, output) : View(output, random),
            Weight = layout,
        };
    }

    private static void Multiply(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, int rows, int depth, int columns, Span<double> result)
    {
        for (int m = 0; m < rows; m++)
        {
            for (int k = 0; k < depth; k++)
            {
                double left = a[(m * depth) + k];
                for (int n = 0; n < columns; n++)
                {
                    result[(m * columns) + n] += left * b[(k * columns) + n];
                }
            }
        }
    }

    private void CheckWeight(int rows, int depth, int columns, ElementType type, Random random, bool dense)
    {
        var layout = new PanelLayout(1, depth, columns, type, 32);
        MatMulKernel desc = Describe(rows, layout, random, dense);
        var weight = new PanelWeightData(layout, random);
        float[] input = KernelHarness.RandomBuffer(desc.Inputs[0], random);
        float[] output = KernelHarness.Run(HostMatMul.Compile(desc), [input], weight, workers.Three, 2);
        var expected = new double[rows * columns];
        Multiply(KernelHarness.Logical(desc.Inputs[0], input), weight.Values, rows, depth, columns, expected);
        KernelHarness.AssertClose(
            expected, KernelHarness.Logical(desc.Output, output), depth, $"{rows} x {depth} x {columns} {type} {desc.Inputs[0]}");
    }
}
