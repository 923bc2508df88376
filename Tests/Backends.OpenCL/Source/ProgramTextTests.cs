using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Source;

/// <summary>Generated text, without a driver.</summary>
public sealed class ProgramTextTests
{
    private static readonly ClTraits Traits = new()
    {
        WeightImages = false,
        Cpu = true,
        ComputeUnits = 2,
        MaxWorkGroup = 256,
        LocalBytes = 32 * 1024,
    };

    [Fact]
    public void Layers_that_differ_by_name_share_their_program()
    {
        var view = TensorView.Dense(ElementType.Float32, new Shape(197, 768));
        NormalizeKernel Layer(string name) => new()
        {
            Name = name,
            Inputs = [view],
            Output = view,
            Mode = NormalizeMode.MeanVariance,
            Epsilon = 1e-5f,
        };

        Assert.Equal(ClKernels.Compile(Layer("first"), Traits).Functions, ClKernels.Compile(Layer("second"), Traits).Functions);
    }

    [Fact]
    public void An_expression_is_straight_code_over_registers()
    {
        var program = new ElementwiseProgram(2,
        [
            new ElementwiseInstruction(ElementwiseOp.Add, ElementType.Float32, 0, 1),
            new ElementwiseInstruction(ElementwiseOp.Constant, ElementType.Float32, Immediate: 2),
            new ElementwiseInstruction(ElementwiseOp.Power, ElementType.Float32, 2, 3),
            new ElementwiseInstruction(ElementwiseOp.Gelu, ElementType.Float32, 4),
        ]);

        string text = ClProgramText.Function(
            "epilogue", program, [ElementType.Float32, ElementType.Float32], ElementType.Float32, 4);

        Assert.Equal(
            """
            static inline float4 epilogue4(float4 r0, float4 r1)
            {
                float4 r2 = r0 + r1;
                float4 r3 = 2.0f;
                float4 r4 = r2 * r2;
                float4 r5 = fm_gelu4(r4);
                return r5;
            }

            """.ReplaceLineEndings("\n"),
            text);
    }

    [Fact]
    public void A_primitive_that_a_type_has_not_is_an_error_that_names_the_kernel()
    {
        var view = TensorView.Dense(ElementType.Int32, new Shape(4));
        var kernel = new ElementwiseKernel
        {
            Name = "roots of integers",
            Inputs = [view],
            Output = view,
            Program = new ElementwiseProgram(1, [new ElementwiseInstruction(ElementwiseOp.SquareRoot, ElementType.Int32, 0)]),
        };

        DeviceException error = Assert.Throws<DeviceException>(() => ClKernels.Compile(kernel, Traits));
        Assert.Contains("roots of integers", error.Message, StringComparison.Ordinal);
        Assert.Contains("SquareRoot", error.Message, StringComparison.Ordinal);
    }
}
