using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// What a fused expression costs per element: half-precision operations, single-precision (and integer) ones, special functions. A special
/// function is one of the hardware's (reciprocal, root, exponential, logarithm, sine); others are made of these as compilers make them.
/// </summary>
internal readonly record struct ProgramCost(int Half, int Single, int Special)
{
    public static ProgramCost Of(ElementwiseProgram? program)
    {
        var total = default(ProgramCost);
        foreach (ElementwiseInstruction step in program?.Instructions ?? [])
        {
            (int plain, int special) = Of(step.Op);
            bool half = step.Type.IsFloat();
            total = new ProgramCost(total.Half + (half ? plain : 0), total.Single + (half ? 0 : plain), total.Special + special);
        }

        return total;
    }

    private static (int Plain, int Special) Of(ElementwiseOp op) => op switch
    {
        ElementwiseOp.Constant => (0, 0),
        ElementwiseOp.Divide => (1, 1),
        ElementwiseOp.FloorModulo or ElementwiseOp.Remainder => (3, 1),
        ElementwiseOp.Power => (1, 2),
        ElementwiseOp.Reciprocal or ElementwiseOp.SquareRoot => (0, 1),
        ElementwiseOp.Exponential or ElementwiseOp.Logarithm or ElementwiseOp.Sine or ElementwiseOp.Cosine => (1, 1),
        ElementwiseOp.Tangent => (2, 3),
        ElementwiseOp.ArcSine or ElementwiseOp.ArcCosine or ElementwiseOp.ArcTangent => (10, 1),
        ElementwiseOp.HyperbolicSine or ElementwiseOp.HyperbolicCosine or ElementwiseOp.HyperbolicTangent => (3, 2),
        ElementwiseOp.ArcHyperbolicSine or ElementwiseOp.ArcHyperbolicCosine or ElementwiseOp.ArcHyperbolicTangent => (4, 2),
        ElementwiseOp.ErrorFunction => (10, 2),
        ElementwiseOp.Gelu => (12, 2),
        ElementwiseOp.GeluTanh => (6, 2),
        ElementwiseOp.Sigmoid or ElementwiseOp.Silu => (2, 2),
        ElementwiseOp.Softplus => (2, 2),
        _ => (1, 0),
    };
}
