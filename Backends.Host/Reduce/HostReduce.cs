using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>Reductions of the inner axis, accumulated in double.</summary>
internal sealed unsafe class HostReduce : IHostKernel
{
    private const int MaxOperands = 40;

    private readonly ReduceKernel desc;
    private readonly ElementwiseRunner runner;
    private readonly LoopNest outer;
    private readonly AxisTables input;

    private HostReduce(ReduceKernel desc)
    {
        this.desc = desc;
        runner = new ElementwiseRunner(Programs.Then(Programs.Identity, desc.Epilogue));
        outer = LoopNest.Over([desc.Output, .. desc.Inputs], 0, 1);
        input = new AxisTables(desc.Inputs[0]);
    }

    public KernelDesc Desc => desc;

    public static IHostKernel Compile(ReduceKernel desc) => new HostReduce(desc);

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint output = command.Output.HostAddress;
        nint[] inputs = [.. command.Inputs.Select(range => range.HostAddress)];
        outer.ForEachRun(workers, (offsets, count, scratch) =>
        {
            Span<OperandRun> operands = stackalloc OperandRun[MaxOperands];
            for (int i = 0; i < count; i++)
            {
                float value = Reduce((float*)inputs[0] + offsets[1] + (i * outer.RunStride(1)));
                operands[0] = new OperandRun(&value, 1);
                for (int k = 1; k < inputs.Length; k++)
                {
                    operands[k] = new OperandRun((float*)inputs[k] + offsets[k + 1] + (i * outer.RunStride(k + 1)), 0);
                }

                runner.Run(
                    1, operands[..inputs.Length], (float*)output + offsets[0] + (i * outer.RunStride(0)), (byte*)scratch);
            }
        });
    }

    private float Reduce(float* x)
    {
        int count = input.Extent(1);
        return desc.Op is ReduceOp.ArgMaximum or ReduceOp.ArgMinimum
            ? BitConverter.Int32BitsToSingle(Arg(x, count))
            : desc.Inputs[0].Type == ElementType.Int32
                ? BitConverter.Int32BitsToSingle((int)Fold(i => BitConverter.SingleToInt32Bits(x[input.At(1, i)]), count))
                : (float)Fold(i => x[input.At(1, i)], count);
    }

    private int Arg(float* x, int count)
    {
        bool integer = desc.Inputs[0].Type == ElementType.Int32;
        int best = 0;
        for (int i = 1; i < count; i++)
        {
            double value = Value(i);
            double current = Value(best);
            if (desc.Op == ReduceOp.ArgMaximum ? value > current : value < current)
            {
                best = i;
            }
        }

        return best;

        double Value(int i)
        {
            float raw = x[input.At(1, i)];
            return integer ? BitConverter.SingleToInt32Bits(raw) : raw;
        }
    }

    private double Fold(Func<int, double> at, int count)
    {
        switch (desc.Op)
        {
            case ReduceOp.Sum:
                return Sum(at, count);
            case ReduceOp.Mean:
                return Sum(at, count) / count;
            case ReduceOp.Maximum:
                return Extreme(at, count, double.NegativeInfinity, Math.Max);
            case ReduceOp.Minimum:
                return Extreme(at, count, double.PositiveInfinity, Math.Min);
            case ReduceOp.Product:
                return Extreme(at, count, 1, static (a, b) => a * b);
            case ReduceOp.L1:
                return Sum(i => Math.Abs(at(i)), count);
            case ReduceOp.L2:
                return Math.Sqrt(Sum(i => at(i) * at(i), count));
            case ReduceOp.SumSquare:
                return Sum(i => at(i) * at(i), count);
            case ReduceOp.LogSum:
                return Math.Log(Sum(at, count));
            default:
                double max = Extreme(at, count, double.NegativeInfinity, Math.Max);
                return double.IsInfinity(max) ? max : max + Math.Log(Sum(i => Math.Exp(at(i) - max), count));
        }
    }

    private static double Sum(Func<int, double> at, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += at(i);
        }

        return sum;
    }

    private static double Extreme(Func<int, double> at, int count, double start, Func<double, double, double> combine)
    {
        double result = start;
        for (int i = 0; i < count; i++)
        {
            result = combine(result, at(i));
        }

        return result;
    }
}
