using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Tests.Simulator.Kernels;
using Xunit;

namespace FlashMem.Tests.Abstractions.Kernels;

public class KernelSignatureTests
{
    private static readonly MatMulKernel Product = SimulatorKernels.Product(16, 64, 96);

    [Fact]
    public void Names_and_offsets_do_not_matter() => Assert.Equal(
        KernelSignature.Of(Product),
        KernelSignature.Of(Product with { Name = "another", Inputs = [Product.Inputs[0].Shift(4096)], Output = Product.Output.Shift(64) }));

    [Fact]
    public void Shapes_strides_weights_and_programs_do()
    {
        TensorView dense = Product.Inputs[0];
        KernelDesc[] others =
        [
            SimulatorKernels.Product(17, 64, 96),
            SimulatorKernels.Product(16, 64, 128),
            Product with { Weight = Product.Weight! with { Type = ElementType.Float32 } },
            Product with { Inputs = [TensorView.FromStrides(dense.Type, dense.Shape, [0, 1, 16])] },
            Product with { Epilogue = new ElementwiseProgram(1, [new ElementwiseInstruction(ElementwiseOp.Relu, ElementType.Float32, 0)]) },
            Product with { Epilogue = new ElementwiseProgram(1, [new ElementwiseInstruction(ElementwiseOp.Gelu, ElementType.Float32, 0)]) },
        ];

        Assert.Equal(others.Length + 1, others.Append(Product).Select(KernelSignature.Of).Distinct().Count());
    }

    [Fact]
    public void A_slice_takes_its_share_of_weight_and_output_and_the_whole_input()
    {
        (long flops, long bytes) = KernelWork.OfLaunch(Product, 3);
        (long third, long some) = KernelWork.OfLaunch(Product, 1);

        Assert.Equal(2 * 16 * 64 * 96, flops);
        Assert.Equal(flops / 3, third);
        Assert.Equal((16 * 64 * 4) + (64 * 96 * 2) + (16 * 96 * 4), bytes);
        Assert.Equal((16 * 64 * 4) + (64 * 32 * 2) + (16 * 32 * 4), some);
    }
}
