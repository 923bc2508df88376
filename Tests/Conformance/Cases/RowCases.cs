using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Conformance.Cases;

/// <summary>Families that work on rows.</summary>
internal static class RowCases
{
    public static KernelCase Softmax(CaseBuilder builder)
    {
        Shape shape = RandomRows(builder);
        builder.Add(builder.InputView(shape), () => (builder.Random.NextDouble() * 20) - 10);
        ElementwiseProgram? epilogue = builder.Epilogue(shape, ElementType.Float32);
        var desc = new SoftmaxKernel
        {
            Name = "softmax",
            Inputs = builder.Views,
            Output = builder.OutputView(shape),
            Epilogue = epilogue,
            Logarithm = builder.Number(0, 1) == 1,
        };

        // An epilogue may raise logarithms of -20 to the fourth power.
        return new KernelCase { Desc = desc, Inputs = builder.Buffers, Tolerance = 2e-4 };
    }

    public static KernelCase Normalize(CaseBuilder builder)
    {
        bool grouped = builder.Number(0, 2) == 0;
        (Shape shape, TensorView? input, TensorView? output, TensorView? channels) = grouped ? Groups(builder) : default;
        shape = grouped ? shape : RandomRows(builder);
        double mean = builder.Number(0, 1) * 20;
        builder.Add(input ?? builder.OutputView(shape), () => mean + builder.Random.NextDouble());
        bool hasScale = builder.Number(0, 2) > 0;
        bool hasBias = builder.Number(0, 2) > 0;
        for (int i = 0; i < (hasScale ? 1 : 0) + (hasBias ? 1 : 0); i++)
        {
            builder.Add(builder.Number(0, 3) == 0 ? builder.InputView(shape) : channels ?? KernelHarness.Broadcast(shape, 1));
        }

        ElementwiseProgram? epilogue = builder.Epilogue(shape, ElementType.Float32);
        var desc = new NormalizeKernel
        {
            Name = "normalize",
            Inputs = builder.Views,
            Output = output ?? builder.OutputView(shape),
            Epilogue = epilogue,
            Mode = builder.Number(0, 3) == 0 ? NormalizeMode.RootMeanSquare : NormalizeMode.MeanVariance,
            Epsilon = 1e-5f,
            HasScale = hasScale,
            HasBias = hasBias,
        };

        // Two or three numbers near 20 may lie close together: the rounding of their mean then counts a hundredfold.
        return new KernelCase { Desc = desc, Inputs = builder.Buffers, Tolerance = 1e-3 };
    }

    public static KernelCase Reduce(CaseBuilder builder)
    {
        ReduceOp[] ops = Enum.GetValues<ReduceOp>();
        ReduceOp op = ops[builder.Random.Next(ops.Length)];
        bool position = op is ReduceOp.ArgMaximum or ReduceOp.ArgMinimum;
        ElementType type = builder.Number(0, 3) == 0 && op is not ReduceOp.LogSum ? ElementType.Int32 : ElementType.Float32;
        ElementType result = position ? ElementType.Int32 : type;
        var shape = new Shape(builder.Number(1, 300), builder.Number(1, op == ReduceOp.Product ? 6 : 200));

        // Often the results lie next to each other in the input, as channels of an image do.
        TensorView input = builder.Number(0, 1) == 0
            ? TensorView.FromStrides(type, shape, [1, shape[0] + builder.Number(0, 3)])
            : builder.InputView(shape, type);
        double least = op == ReduceOp.LogSum ? 0.5 : -1;
        builder.Add(input, () => type == ElementType.Int32
            ? builder.Random.Next(-4, 5)
            : least + (builder.Random.NextDouble() * (1 - least)));
        var results = new Shape(shape[0]);

        // The reference does not truncate before the epilogue.
        bool fraction = result == ElementType.Int32 && op is ReduceOp.Mean or ReduceOp.L2 or ReduceOp.LogSumExp;
        ElementwiseProgram? epilogue = fraction ? null : builder.Epilogue(results, result);
        var desc = new ReduceKernel
        {
            Name = "reduce",
            Inputs = builder.Views,
            Output = builder.OutputView(results, result),
            Epilogue = epilogue,
            Op = op,
        };
        return new KernelCase { Desc = desc, Inputs = builder.Buffers };
    }

    private static Shape RandomRows(CaseBuilder builder) => builder.Number(0, 3) switch
    {
        0 => new Shape(builder.Number(1, 5), builder.Number(1, 3000)),
        1 => new Shape(builder.Number(50, 90), builder.Number(1, 20)),
        2 => new Shape(12, 24),
        _ => new Shape(builder.Number(1, 30), builder.Number(1, 200)),
    };

    // Group normalisation of a channels-last image: [image x group, channel of the group x pixel], scale and bias per channel.
    private static (Shape Shape, TensorView? Input, TensorView? Output, TensorView? Channels) Groups(CaseBuilder builder)
    {
        int images = builder.Number(1, 2);
        int groups = builder.Number(2, 8);
        int channels = builder.Number(1, 12);
        int pixels = builder.Number(2, 150);
        int all = groups * channels;
        var view = TensorView.FromFactors(
            ElementType.Float32,
            [[new(images, (long)pixels * all), new(groups, channels)], [new(channels, 1), new(pixels, all)]]);
        var perChannel = TensorView.FromFactors(
            ElementType.Float32, [[new(images, 0), new(groups, channels)], [new(channels, 1), new(pixels, 0)]]);
        return (view.Shape, view, builder.Number(0, 2) == 0 ? builder.OutputView(view.Shape) : view, perChannel);
    }
}
