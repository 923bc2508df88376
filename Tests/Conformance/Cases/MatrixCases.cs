using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Conformance.Cases;

/// <summary>Families that multiply matrices.</summary>
internal static class MatrixCases
{
    private const int PanelWidth = 32;

    public static KernelCase MatMul(CaseBuilder builder)
    {
        bool streamed = builder.Number(0, 1) == 0;
        int batch = streamed ? 1 : builder.Number(1, 3);
        int rows = builder.Number(1, 40);
        int depth = builder.Number(1, 80);
        int columns = builder.Number(1, 100);
        builder.Add(builder.InputView(new Shape(batch, rows, depth)));
        if (!streamed)
        {
            builder.Add(builder.InputView(new Shape(batch, depth, columns)));
        }

        var output = new Shape(batch, rows, columns);
        ElementwiseProgram? epilogue = builder.Epilogue(output, ElementType.Float32);
        PanelLayout? weight = streamed ? Panels(builder, 1, depth, columns) : null;
        var desc = new MatMulKernel
        {
            Name = "matmul",
            Inputs = builder.Views,
            Output = builder.OutputView(output),
            Epilogue = epilogue,
            Weight = weight,
        };
        return WithWeight(builder, desc, weight);
    }

    public static KernelCase Conv(CaseBuilder builder)
    {
        bool depthwise = builder.Number(0, 2) == 0;
        int groups = depthwise ? builder.Number(2, 40) : builder.Number(1, 3);
        int inputs = depthwise ? 1 : builder.Number(1, 12);
        int outputs = depthwise ? 1 : builder.Number(1, 40);
        var kernel = new Extent2D(builder.Number(1, 3), builder.Number(1, 3));
        var strides = new Extent2D(builder.Number(1, 2), builder.Number(1, 2));
        var x = new Shape(1, groups * inputs, builder.Number(3, 9), builder.Number(3, 9));
        var pads = new Padding2D(builder.Number(0, 1), builder.Number(0, 1), builder.Number(0, 1), builder.Number(0, 1));
        var y = new Shape(
            1,
            groups * outputs,
            ((x[2] + pads.Top + pads.Bottom - kernel.Height) / strides.Height) + 1,
            ((x[3] + pads.Left + pads.Right - kernel.Width) / strides.Width) + 1);
        builder.Add(builder.OutputView(x));
        if (depthwise)
        {
            builder.Add(builder.InputView(new Shape(kernel.Height * kernel.Width, y[1])));
        }

        ElementwiseProgram? epilogue = builder.Epilogue(y, ElementType.Float32);
        PanelLayout? weight = depthwise
            ? null
            : Panels(builder, groups, kernel.Height * kernel.Width * inputs, outputs);
        var desc = new ConvKernel
        {
            Name = "conv",
            Inputs = builder.Views,
            Output = builder.OutputView(y),
            Epilogue = epilogue,
            Weight = weight,
            Kernel = kernel,
            Strides = strides,
            Dilations = new Extent2D(1, 1),
            Pads = pads,
            Groups = groups,
        };
        return WithWeight(builder, desc, weight);
    }

    public static KernelCase Attention(CaseBuilder builder)
    {
        int batch = builder.Number(1, 2);
        int heads = builder.Number(1, 3);
        int queries = builder.Number(1, 30);
        int keys = builder.Number(1, 30);
        int depth = builder.Number(1, 40);
        int valueDepth = builder.Number(1, 40);
        bool hasMask = builder.Number(0, 1) == 0;
        builder.Add(builder.OutputView(new Shape(batch, heads, queries, depth)));
        builder.Add(builder.OutputView(new Shape(batch, heads, keys, depth)));
        builder.Add(builder.OutputView(new Shape(batch, heads, keys, valueDepth)));
        if (hasMask)
        {
            builder.Add(builder.InputView(new Shape(batch, heads, queries, keys)));
        }

        var output = new Shape(batch, heads, queries, valueDepth);
        ElementwiseProgram? epilogue = builder.Epilogue(output, ElementType.Float32);
        var desc = new AttentionKernel
        {
            Name = "attention",
            Inputs = builder.Views,
            Output = builder.OutputView(output),
            Epilogue = epilogue,
            Scale = 0.3f,
            HasMask = hasMask,
        };
        return new KernelCase { Desc = desc, Inputs = builder.Buffers, Tolerance = 1e-4 };
    }

    private static PanelLayout Panels(CaseBuilder builder, int groups, int depth, int columns)
    {
        ElementType type = builder.Number(0, 1) == 0 ? ElementType.Float16 : ElementType.Float32;
        return new PanelLayout(groups, depth, columns, type, PanelWidth, builder.DepthInterleave);
    }

    private static KernelCase WithWeight(CaseBuilder builder, KernelDesc desc, PanelLayout? weight)
    {
        var plain = new KernelCase { Desc = desc, Inputs = builder.Buffers, Tolerance = 1e-4 };
        return weight is null
            ? plain
            : plain with
            {
                Weight = new PanelWeightData(weight, builder.Random),
                Slices = KernelHarness.RandomSlices(weight, builder.Random),
                PanelsPerChunk = builder.Number(1, 3),
            };
    }
}
