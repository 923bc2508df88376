using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Conformance.Cases;

/// <summary>Families that compute every element by itself.</summary>
internal static class ElementCases
{
    public static KernelCase Elementwise(CaseBuilder builder)
    {
        Shape shape = RandomShape(builder);
        ElementType result = RandomType(builder);
        ElementType[] operands = [.. Enumerable.Range(0, builder.Number(0, 5)).Select(_ => RandomType(builder))];
        foreach (ElementType operand in operands)
        {
            builder.Add(builder.InputView(shape, operand));
        }

        var desc = new ElementwiseKernel
        {
            Name = "elementwise",
            Inputs = builder.Views,
            Output = builder.OutputView(shape, result),
            Program = RandomPrograms.Create(operands, result, builder.Random),
        };
        return new KernelCase { Desc = desc, Inputs = builder.Buffers };
    }

    public static KernelCase Copy(CaseBuilder builder)
    {
        Shape shape = RandomShape(builder);
        ElementType type = RandomType(builder);
        builder.Add(builder.InputView(shape, type));
        ElementwiseProgram? epilogue = builder.Epilogue(shape, type);
        var desc = new CopyKernel
        {
            Name = "copy",
            Inputs = builder.Views,
            Output = builder.OutputView(shape, type),
            Epilogue = epilogue,
        };
        return new KernelCase { Desc = desc, Inputs = builder.Buffers };
    }

    private static ElementType RandomType(CaseBuilder builder) =>
        builder.Number(0, 2) == 0 ? ElementType.Int32 : ElementType.Float32;

    // Scalars, short odd shapes, and some long enough for tiles and tasks.
    private static Shape RandomShape(CaseBuilder builder) => builder.Number(0, 5) switch
    {
        0 => Shape.Scalar,
        1 => new Shape(builder.Number(1, 40)),
        2 => new Shape(builder.Number(1, 70), builder.Number(1, 70)),
        3 => new Shape(builder.Number(1, 3), 12, builder.Number(1, 9), builder.Number(1, 9)),
        4 => new Shape(builder.Number(1, 4), builder.Number(1, 2000)),
        _ => new Shape(2, builder.Number(90, 130), 72),
    };
}
