using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Conformance.Cases;

/// <summary>Kernels over tensors without elements, for the families in which models have them.</summary>
internal static class EmptyCases
{
    public static KernelCase? Create(KernelFamily family)
    {
        var shape = new Shape(0, 5);
        var view = TensorView.Dense(ElementType.Float32, shape);
        var builder = new CaseBuilder(new Random(1));
        builder.Add(view);
        KernelDesc? desc = family switch
        {
            KernelFamily.Elementwise => new ElementwiseKernel
            {
                Name = "empty",
                Inputs = [view],
                Output = view,
                Program = new ElementwiseProgram(1, [new ElementwiseInstruction(ElementwiseOp.Gelu, ElementType.Float32, 0)]),
            },
            KernelFamily.Copy => new CopyKernel { Name = "empty", Inputs = [view], Output = view },
            KernelFamily.Softmax => new SoftmaxKernel { Name = "empty", Inputs = [view], Output = view },
            KernelFamily.Reduce => new ReduceKernel
            {
                Name = "empty",
                Inputs = [view],
                Output = TensorView.Dense(ElementType.Float32, new Shape(0)),
                Op = ReduceOp.Sum,
            },
            KernelFamily.Normalize => new NormalizeKernel
            {
                Name = "empty",
                Inputs = [view],
                Output = view,
                Mode = NormalizeMode.MeanVariance,
                Epsilon = 1e-5f,
            },
            _ => null,
        };
        return desc is null ? null : new KernelCase { Desc = desc, Inputs = builder.Buffers };
    }
}
