using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Attention;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.Host.Attention;

public sealed class AttentionTests(HostWorkers workers) : IClassFixture<HostWorkers>
{
    [Property(MaxTest = 80)]
    public void RandomAttentionMatchesTheReference(int seed)
    {
        var random = new Random(seed);
        var q = new Shape(random.Next(1, 3), random.Next(1, 4), random.Next(1, 70), random.Next(1, 90));
        var k = new Shape(q[0], q[1], random.Next(1, 80), q[3]);
        Check(q, k, random.Next(1, 90), Mask.None + random.Next(4), random, dense: random.Next(2) == 0);
    }

    [Theory]
    [InlineData(33, 1300, 64, 64)]
    [InlineData(5, 1100, 40, 40)]
    [InlineData(64, 64, 72, 72)]
    [InlineData(3, 600, 300, 160)]
    [InlineData(197, 197, 64, 64)]
    public void ManyKeysAndLargeHeadsMatchTheReference(int queries, int keys, int depth, int valueDepth)
    {
        var random = new Random(keys);
        Check(new Shape(1, 2, queries, depth), new Shape(1, 2, keys, depth), valueDepth, Mask.Causal, random, dense: true);
    }

    [Fact]
    public void WorkersGiveTheSameBits()
    {
        var random = new Random(4);
        var shape = new Shape(2, 3, 100, 24);
        AttentionKernel desc = Describe(shape, shape, 24, Mask.Random, random, dense: true);
        float[][] inputs = [.. desc.Inputs.Select(view => KernelHarness.RandomBuffer(view, random))];
        float[] one = KernelHarness.Run(HostAttention.Compile(desc), inputs, null, workers.One);
        Assert.Equal(one, KernelHarness.Run(HostAttention.Compile(desc), inputs, null, workers.Three));
    }

    [Theory]
    [InlineData(-3.4028235e38f)]
    [InlineData(float.NegativeInfinity)]
    public void LeadingMaskedKeysAreIgnored(float masked)
    {
        // All of the first key block is masked; the running softmax must recover when unmasked keys arrive.
        var random = new Random(9);
        var q = new Shape(1, 1, 20, 16);
        var k = new Shape(1, 1, 1200, 16);
        AttentionKernel desc = Describe(q, k, 16, Mask.PerKey, random, dense: true);
        float[][] inputs = [.. desc.Inputs.Select(view => KernelHarness.RandomBuffer(view, random))];
        for (int key = 0; key < 1200; key++)
        {
            inputs[3][key] = key < 1000 ? masked : 0;
        }

        Compare(desc, inputs);
    }

    [Theory]
    [InlineData(-3.4028235e38f, false)]
    [InlineData(float.NegativeInfinity, true)]
    public void AFullyMaskedQueryFollowsSoftmax(float masked, bool isNaN)
    {
        var random = new Random(10);
        var shape = new Shape(1, 1, 8, 8);
        AttentionKernel desc = Describe(shape, shape, 8, Mask.Random, random, dense: true);
        float[][] inputs = [.. desc.Inputs.Select(view => KernelHarness.RandomBuffer(view, random))];
        for (int key = 0; key < 8; key++)
        {
            inputs[3][desc.Inputs[3].AddressOf((3 * 8) + key)] = masked;
        }

        double[] output = Compare(desc, inputs);
        Assert.Equal(isNaN, double.IsNaN(output[3 * 8]));
        Assert.False(double.IsNaN(output[0]));
    }

    [Fact]
    public void EpilogueAddsToTheHeads()
    {
        var random = new Random(11);
        var shape = new Shape(1, 2, 40, 12);
        AttentionKernel desc = Describe(shape, shape, 12, Mask.None, random, dense: true);
        desc = desc with
        {
            Inputs = [.. desc.Inputs, KernelHarness.RandomView(shape, random)],
            Epilogue = new ElementwiseProgram(2, [new(ElementwiseOp.Add, ElementType.Float32, 0, 1)]),
        };
        float[][] inputs = [.. desc.Inputs.Select(view => KernelHarness.RandomBuffer(view, random))];
        double[] expected = Reference(desc, inputs);
        double[] added = KernelHarness.Logical(desc.Inputs[3], inputs[3]);
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] += added[i];
        }

        float[] output = KernelHarness.Run(HostAttention.Compile(desc), inputs, null, workers.Three);
        KernelHarness.AssertClose(expected, KernelHarness.Logical(desc.Output, output), 40, "epilogue");
    }

    [Fact]
    public void AHeadTooLargeForTheScratchIsRefused()
    {
        var shape = new Shape(1, 1, 4, 5000);
        AttentionKernel desc = Describe(shape, shape, 8, Mask.None, new Random(0), dense: true);
        var error = Assert.Throws<DeviceException>(() => HostAttention.Compile(desc));
        Assert.Contains("5000", error.Message, StringComparison.Ordinal);
    }

    private static AttentionKernel Describe(Shape q, Shape k, int valueDepth, Mask mask, Random random, bool dense)
    {
        var v = new Shape(k[0], k[1], k[2], valueDepth);
        var scores = new Shape(q[0], q[1], q[2], k[2]);
        TensorView View(Shape shape) => dense ? Tokens(shape) : KernelHarness.RandomView(shape, random);
        var inputs = new List<TensorView> { View(q), View(k), View(v) };
        switch (mask)
        {
            case Mask.Causal: inputs.Add(KernelHarness.Broadcast(scores, 2, 3)); break;
            case Mask.PerKey: inputs.Add(KernelHarness.Broadcast(scores, 0, 3)); break;
            case Mask.Random: inputs.Add(KernelHarness.RandomView(scores, random)); break;
        }

        return new AttentionKernel
        {
            Name = "test",
            Inputs = [.. inputs],
            Output = View(new Shape(q[0], q[1], q[2], valueDepth)),
            Scale = 0.7f,
            HasMask = mask != Mask.None,
        };
    }

    // [batch, token, head, element] in memory, as projections write it.
    private static TensorView Tokens(Shape shape) => TensorView
        .Dense(ElementType.Float32, new Shape(shape[0], shape[2], shape[1], shape[3])).Transpose([0, 2, 1, 3]);

    private static double[] Reference(AttentionKernel desc, float[][] inputs)
    {
        double[] q = KernelHarness.Logical(desc.Inputs[0], inputs[0]);
        double[] k = KernelHarness.Logical(desc.Inputs[1], inputs[1]);
        double[] v = KernelHarness.Logical(desc.Inputs[2], inputs[2]);
        double[]? mask = desc.HasMask ? KernelHarness.Logical(desc.Inputs[3], inputs[3]) : null;
        int heads = (int)(desc.Output.Shape[0] * desc.Output.Shape[1]);
        int queries = (int)desc.Output.Shape[2];
        int keys = (int)desc.Inputs[1].Shape[2];
        int depth = (int)desc.Inputs[0].Shape[3];
        int valueDepth = (int)desc.Output.Shape[3];
        var result = new double[heads * queries * valueDepth];
        var scores = new double[keys];
        for (int row = 0; row < heads * queries; row++)
        {
            int head = row / queries;
            for (int j = 0; j < keys; j++)
            {
                double dot = 0;
                for (int d = 0; d < depth; d++)
                {
                    dot += q[(row * depth) + d] * k[(((head * keys) + j) * depth) + d];
                }

                scores[j] = (dot * desc.Scale) + (mask is null ? 0 : mask[(row * keys) + j]);
            }

            double maximum = scores.Max();
            double sum = scores.Sum(score => Math.Exp(score - maximum));
            for (int j = 0; j < keys; j++)
            {
                double weight = Math.Exp(scores[j] - maximum) / sum;
                for (int d = 0; d < valueDepth; d++)
                {
                    result[(row * valueDepth) + d] += weight * v[(((head * keys) + j) * valueDepth) + d];
                }
            }
        }

        return result;
    }

    private void Check(Shape q, Shape k, int valueDepth, Mask mask, Random random, bool dense)
    {
        AttentionKernel desc = Describe(q, k, valueDepth, mask, random, dense);
        float[][] inputs = [.. desc.Inputs.Select(view => KernelHarness.RandomBuffer(view, random))];
        if (mask == Mask.Causal)
        {
            for (int i = 0; i < q[2]; i++)
            {
                for (int j = i + 1; j < k[2]; j++)
                {
                    inputs[3][desc.Inputs[3].AddressOf((i * k[2]) + j)] = float.NegativeInfinity;
                }
            }
        }

        Compare(desc, inputs);
    }

    private double[] Compare(AttentionKernel desc, float[][] inputs)
    {
        float[] output = KernelHarness.Run(HostAttention.Compile(desc), inputs, null, workers.Three);
        double[] actual = KernelHarness.Logical(desc.Output, output);
        KernelHarness.AssertClose(Reference(desc, inputs), actual, desc.Inputs[0].Shape[3], $"{desc.Inputs[0]} {desc.Inputs[1]}");
        return actual;
    }

    private enum Mask
    {
        None,
        Causal,
        PerKey,
        Random,
    }
}
