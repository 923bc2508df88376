using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Support;

/// <summary>
/// Every kernel family element by element in double precision, straight from the families' summaries: slow, and simple enough to be the
/// judge of lowering and of devices.
/// </summary>
internal static class ReferenceKernels
{
    /// <summary>Runs a kernel.</summary>
    /// <param name="desc">What to run.</param>
    /// <param name="inputs">Memory of every input slot.</param>
    /// <param name="panels">The streamed weight, dense [group, depth, column]; null without one.</param>
    /// <param name="output">Memory written.</param>
    public static void Run(KernelDesc desc, IReadOnlyList<ReferenceMemory> inputs, double[]? panels, ReferenceMemory output)
    {
        double[][] tensors = [.. desc.Inputs.Select((view, slot) => inputs[slot].Read(view))];
        double[] results = desc switch
        {
            MatMulKernel matMul => MatMul(matMul, tensors, panels),
            ConvKernel conv => Conv(conv, tensors, panels),
            AttentionKernel attention => Attention(attention, tensors),
            ElementwiseKernel elementwise => Elementwise(elementwise, tensors),
            SoftmaxKernel softmax => Softmax(softmax, tensors[0]),
            NormalizeKernel normalize => Normalize(normalize, tensors),
            ReduceKernel reduce => Reduce(reduce, tensors[0]),
            PoolKernel pool => Pool(pool, tensors[0]),
            ResizeKernel resize => ReferenceResize.Run(resize, tensors[0]),
            GatherKernel gather => ReferenceIndexing.Gather(gather, tensors),
            ScatterKernel scatter => ReferenceIndexing.Scatter(scatter, tensors),
            CopyKernel => tensors[0],
            _ => throw new ArgumentOutOfRangeException(nameof(desc), desc.Family, null),
        };
        if (desc.Epilogue is { } epilogue)
        {
            var operands = new double[epilogue.OperandCount];
            for (int i = 0; i < results.Length; i++)
            {
                operands[0] = results[i];
                for (int operand = 1; operand < operands.Length; operand++)
                {
                    operands[operand] = tensors[desc.EpilogueStart + operand - 1][i];
                }

                results[i] = ReferenceProgram.Evaluate(epilogue, operands);
            }
        }

        output.Write(desc.Output, results);
    }

    private static double[] MatMul(MatMulKernel desc, double[][] tensors, double[]? panels)
    {
        Shape a = desc.Inputs[0].Shape;
        (long batch, long m, long k) = (a[0], a[1], a[2]);
        long n = desc.Output.Shape[2];
        double[] right = desc.Weight is null ? tensors[1] : panels!;
        var results = new double[batch * m * n];
        for (long b = 0; b < batch; b++)
        {
            for (long i = 0; i < m; i++)
            {
                for (long j = 0; j < n; j++)
                {
                    double sum = 0;
                    for (long d = 0; d < k; d++)
                    {
                        sum += tensors[0][(((b * m) + i) * k) + d] * right[(((b * k) + d) * n) + j];
                    }

                    results[(((b * m) + i) * n) + j] = sum;
                }
            }
        }

        return results;
    }

    private static double[] Conv(ConvKernel desc, double[][] tensors, double[]? panels)
    {
        Shape x = desc.Inputs[0].Shape;
        Shape y = desc.Output.Shape;
        long inputsPerGroup = x[1] / desc.Groups;
        long outputsPerGroup = y[1] / desc.Groups;
        var results = new double[y.ElementCount];
        long at = 0;
        for (long n = 0; n < y[0]; n++)
        {
            for (long channel = 0; channel < y[1]; channel++)
            {
                long group = channel / outputsPerGroup;
                for (long row = 0; row < y[2]; row++)
                {
                    for (long column = 0; column < y[3]; column++)
                    {
                        results[at++] = Window(n, channel, group, row, column);
                    }
                }
            }
        }

        return results;

        double Window(long n, long channel, long group, long row, long column)
        {
            double sum = 0;
            for (int kernelRow = 0; kernelRow < desc.Kernel.Height; kernelRow++)
            {
                for (int kernelColumn = 0; kernelColumn < desc.Kernel.Width; kernelColumn++)
                {
                    long h = (row * desc.Strides.Height) + (kernelRow * desc.Dilations.Height) - desc.Pads.Top;
                    long w = (column * desc.Strides.Width) + (kernelColumn * desc.Dilations.Width) - desc.Pads.Left;
                    if (h < 0 || w < 0 || h % desc.InputDilation.Height != 0 || w % desc.InputDilation.Width != 0)
                    {
                        continue;
                    }

                    h /= desc.InputDilation.Height;
                    w /= desc.InputDilation.Width;
                    if (h >= x[2] || w >= x[3])
                    {
                        continue;
                    }

                    long tap = (kernelRow * desc.Kernel.Width) + kernelColumn;
                    for (long c = 0; c < inputsPerGroup; c++)
                    {
                        double pixel = tensors[0][(((((n * x[1]) + (group * inputsPerGroup) + c) * x[2]) + h) * x[3]) + w];
                        long depth = (tap * inputsPerGroup) + c;
                        double weight = desc.Weight is { } layout
                            ? panels![(((group * layout.Depth) + depth) * layout.Columns) + (channel % outputsPerGroup)]
                            : tensors[1][(tap * y[1]) + channel];
                        sum += pixel * weight;
                    }
                }
            }

            return sum;
        }
    }

    private static double[] Attention(AttentionKernel desc, double[][] tensors)
    {
        Shape q = desc.Inputs[0].Shape;
        (long heads, long queries, long width) = (q[0] * q[1], q[2], q[3]);
        long keys = desc.Inputs[1].Shape[2];
        long outputs = desc.Inputs[2].Shape[3];
        var results = new double[heads * queries * outputs];
        var scores = new double[keys];
        for (long h = 0; h < heads; h++)
        {
            for (long i = 0; i < queries; i++)
            {
                for (long j = 0; j < keys; j++)
                {
                    double dot = 0;
                    for (long d = 0; d < width; d++)
                    {
                        dot += tensors[0][(((h * queries) + i) * width) + d] * tensors[1][(((h * keys) + j) * width) + d];
                    }

                    scores[j] = (dot * desc.Scale) + (desc.HasMask ? tensors[3][(((h * queries) + i) * keys) + j] : 0);
                }

                SoftmaxRow(scores, logarithm: false);
                for (long d = 0; d < outputs; d++)
                {
                    double sum = 0;
                    for (long j = 0; j < keys; j++)
                    {
                        sum += scores[j] * tensors[2][(((h * keys) + j) * outputs) + d];
                    }

                    results[(((h * queries) + i) * outputs) + d] = sum;
                }
            }
        }

        return results;
    }

    private static double[] Elementwise(ElementwiseKernel desc, double[][] tensors)
    {
        var results = new double[desc.Output.ElementCount];
        var operands = new double[desc.Program.OperandCount];
        for (int i = 0; i < results.Length; i++)
        {
            for (int operand = 0; operand < operands.Length; operand++)
            {
                operands[operand] = tensors[operand][i];
            }

            results[i] = ReferenceProgram.Evaluate(desc.Program, operands);
        }

        return results;
    }

    private static double[] Softmax(SoftmaxKernel desc, double[] x)
    {
        double[] results = [.. x];
        int n = (int)desc.Output.Shape[1];
        for (int start = 0; start < results.Length; start += n)
        {
            SoftmaxRow(results.AsSpan(start, n), desc.Logarithm);
        }

        return results;
    }

    private static void SoftmaxRow(Span<double> row, bool logarithm)
    {
        double largest = double.NegativeInfinity;
        foreach (double value in row)
        {
            largest = Math.Max(largest, value);
        }

        double sum = 0;
        foreach (double value in row)
        {
            sum += Math.Exp(value - largest);
        }

        for (int i = 0; i < row.Length; i++)
        {
            row[i] = logarithm ? row[i] - largest - Math.Log(sum) : Math.Exp(row[i] - largest) / sum;
        }
    }

    private static double[] Normalize(NormalizeKernel desc, double[][] tensors)
    {
        double[] x = tensors[0];
        var results = new double[x.Length];
        int inner = (int)desc.Output.Shape[1];
        for (int start = 0; start < x.Length; start += inner)
        {
            double mean = 0;
            double square = 0;
            for (int i = 0; i < inner; i++)
            {
                mean += x[start + i] / inner;
            }

            mean = desc.Mode == NormalizeMode.MeanVariance ? mean : 0;
            for (int i = 0; i < inner; i++)
            {
                square += (x[start + i] - mean) * (x[start + i] - mean) / inner;
            }

            for (int i = start; i < start + inner; i++)
            {
                double scale = desc.HasScale ? tensors[1][i] : 1;
                double bias = desc.HasBias ? tensors[desc.HasScale ? 2 : 1][i] : 0;
                results[i] = ((x[i] - mean) / Math.Sqrt(square + desc.Epsilon) * scale) + bias;
            }
        }

        return results;
    }

    private static double[] Reduce(ReduceKernel desc, double[] x)
    {
        int inner = (int)desc.Inputs[0].Shape[1];
        var results = new double[desc.Output.ElementCount];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = ReduceRow(desc.Op, x.AsSpan(i * inner, inner));
        }

        return results;
    }

    private static double ReduceRow(ReduceOp op, ReadOnlySpan<double> row)
    {
        double[] x = row.ToArray();
        return op switch
        {
            ReduceOp.Sum => x.Sum(),
            ReduceOp.Mean => x.Sum() / x.Length,
            ReduceOp.Maximum => x.Max(),
            ReduceOp.Minimum => x.Min(),
            ReduceOp.Product => x.Aggregate(1.0, (product, value) => product * value),
            ReduceOp.L1 => x.Sum(Math.Abs),
            ReduceOp.L2 => Math.Sqrt(x.Sum(value => value * value)),
            ReduceOp.SumSquare => x.Sum(value => value * value),
            ReduceOp.LogSum => Math.Log(x.Sum()),
            ReduceOp.LogSumExp => Math.Log(x.Sum(value => Math.Exp(value - x.Max()))) + x.Max(),
            ReduceOp.ArgMaximum => Array.IndexOf(x, x.Max()),
            ReduceOp.ArgMinimum => Array.IndexOf(x, x.Min()),
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
        };
    }

    private static double[] Pool(PoolKernel desc, double[] tensor)
    {
        Shape x = desc.Inputs[0].Shape;
        Shape y = desc.Output.Shape;
        var results = new double[y.ElementCount];
        long at = 0;
        for (long plane = 0; plane < y[0] * y[1]; plane++)
        {
            for (long row = 0; row < y[2]; row++)
            {
                for (long column = 0; column < y[3]; column++)
                {
                    var window = new List<double>();
                    for (int i = 0; i < desc.Kernel.Height; i++)
                    {
                        for (int j = 0; j < desc.Kernel.Width; j++)
                        {
                            long h = (row * desc.Strides.Height) + (i * desc.Dilations.Height) - desc.Pads.Top;
                            long w = (column * desc.Strides.Width) + (j * desc.Dilations.Width) - desc.Pads.Left;
                            if (h >= 0 && h < x[2] && w >= 0 && w < x[3])
                            {
                                window.Add(tensor[(((plane * x[2]) + h) * x[3]) + w]);
                            }
                        }
                    }

                    results[at++] = desc.Mode switch
                    {
                        PoolMode.Maximum => window.Max(),
                        PoolMode.Average => window.Sum() / window.Count,
                        _ => window.Sum() / (desc.Kernel.Height * desc.Kernel.Width),
                    };
                }
            }
        }

        return results;
    }
}
