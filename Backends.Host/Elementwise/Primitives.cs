using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>Which loop computes a primitive on this machine.</summary>
internal static unsafe class Primitives
{
    /// <summary>The loop of a primitive whose sources have a type, or a loop that does not exist.</summary>
    public static TileLoop Find(ElementwiseOp op, ElementType type) => LaneWidth.Bits switch
    {
        512 => Find<Lane512>(op, type),
        256 => Find<Lane256>(op, type),
        _ => Find<Lane128>(op, type),
    };

    /// <summary>The loop of x to the power of a constant, when there is a cheaper one than that of any power.</summary>
    public static TileLoop FindPower(double exponent) => LaneWidth.Bits switch
    {
        512 => FindPower<Lane512>(exponent),
        256 => FindPower<Lane256>(exponent),
        _ => FindPower<Lane128>(exponent),
    };

    /// <summary>The loop that copies its source.</summary>
    public static TileLoop FindCopy() => LaneWidth.Bits switch
    {
        512 => new(&LaneLoops.Unary<LaneOps.Copy, Lane512>),
        256 => new(&LaneLoops.Unary<LaneOps.Copy, Lane256>),
        _ => new(&LaneLoops.Unary<LaneOps.Copy, Lane128>),
    };

    private static TileLoop FindPower<T>(double exponent)
        where T : struct, ILane<T> => exponent switch
        {
            2 => new(&LaneLoops.Unary<LaneOps.Square, T>),
            3 => new(&LaneLoops.Unary<LaneOps.Cube, T>),
            0.5 => new(&LaneLoops.Unary<LaneOps.SquareRoot, T>),
            -1 => new(&LaneLoops.Unary<LaneOps.Reciprocal, T>),
            _ => default,
        };

    private static TileLoop Find<T>(ElementwiseOp op, ElementType type)
        where T : struct, ILane<T> => (op, type) switch
        {
            (ElementwiseOp.Select, _) => new(&LaneLoops.Select<T>),
            (ElementwiseOp.ToFloat, _) => new(&LaneLoops.Unary<IntLaneOps.ToFloat, T>),
            (ElementwiseOp.ToInt, _) => new(&LaneLoops.Unary<IntLaneOps.ToInt, T>),
            (ElementwiseOp.And, _) => new(&LaneLoops.Binary<IntLaneOps.And, T>),
            (ElementwiseOp.Or, _) => new(&LaneLoops.Binary<IntLaneOps.Or, T>),
            (ElementwiseOp.Xor, _) => new(&LaneLoops.Binary<IntLaneOps.Xor, T>),
            (ElementwiseOp.Not, _) => new(&LaneLoops.Unary<IntLaneOps.LogicalNot, T>),
            (_, ElementType.Float32) => FindFloat<T>(op),
            (_, ElementType.Int32) => FindInt<T>(op),
            _ => default,
        };

    private static TileLoop FindFloat<T>(ElementwiseOp op)
        where T : struct, ILane<T> => op switch
        {
            ElementwiseOp.Add => new(&LaneLoops.Binary<LaneOps.Add, T>),
            ElementwiseOp.Subtract => new(&LaneLoops.Binary<LaneOps.Subtract, T>),
            ElementwiseOp.Multiply => new(&LaneLoops.Binary<LaneOps.Multiply, T>),
            ElementwiseOp.Divide => new(&LaneLoops.Binary<LaneOps.Divide, T>),
            ElementwiseOp.Minimum => new(&LaneLoops.Binary<LaneOps.Minimum, T>),
            ElementwiseOp.Maximum => new(&LaneLoops.Binary<LaneOps.Maximum, T>),
            ElementwiseOp.Negate => new(&LaneLoops.Unary<LaneOps.Negate, T>),
            ElementwiseOp.Absolute => new(&LaneLoops.Unary<LaneOps.Absolute, T>),
            ElementwiseOp.Sign => new(&LaneLoops.Unary<LaneOps.Sign, T>),
            ElementwiseOp.Reciprocal => new(&LaneLoops.Unary<LaneOps.Reciprocal, T>),
            ElementwiseOp.SquareRoot => new(&LaneLoops.Unary<LaneOps.SquareRoot, T>),
            ElementwiseOp.Floor => new(&LaneLoops.Unary<LaneOps.Floor, T>),
            ElementwiseOp.Ceiling => new(&LaneLoops.Unary<LaneOps.Ceiling, T>),
            ElementwiseOp.Round => new(&LaneLoops.Unary<LaneOps.Round, T>),
            ElementwiseOp.Equal => new(&LaneLoops.Binary<IntLaneOps.FloatEqual, T>),
            ElementwiseOp.Less => new(&LaneLoops.Binary<IntLaneOps.FloatLess, T>),
            ElementwiseOp.LessOrEqual => new(&LaneLoops.Binary<IntLaneOps.FloatLessOrEqual, T>),
            ElementwiseOp.Greater => new(&LaneLoops.Binary<IntLaneOps.FloatGreater, T>),
            ElementwiseOp.GreaterOrEqual => new(&LaneLoops.Binary<IntLaneOps.FloatGreaterOrEqual, T>),
            ElementwiseOp.IsNaN => new(&LaneLoops.Unary<IntLaneOps.IsNaN, T>),
            _ => FindFunction<T>(op),
        };

    private static TileLoop FindFunction<T>(ElementwiseOp op)
        where T : struct, ILane<T> => op switch
        {
            ElementwiseOp.Exponential => new(&LaneLoops.Unary<LaneOps.Exponential, T>),
            ElementwiseOp.ErrorFunction => new(&LaneLoops.Unary<LaneOps.ErrorFunction, T>),
            ElementwiseOp.HyperbolicTangent => new(&LaneLoops.Unary<LaneOps.HyperbolicTangent, T>),
            ElementwiseOp.Relu => new(&LaneLoops.Unary<LaneOps.Relu, T>),
            ElementwiseOp.Sigmoid => new(&LaneLoops.Unary<LaneOps.Sigmoid, T>),
            ElementwiseOp.Silu => new(&LaneLoops.Unary<LaneOps.Silu, T>),
            ElementwiseOp.Gelu => new(&LaneLoops.Unary<LaneOps.Gelu, T>),
            ElementwiseOp.GeluTanh => new(&LaneLoops.Unary<LaneOps.GeluTanh, T>),
            ElementwiseOp.Power => new(&ScalarLoops.Power),
            ElementwiseOp.Remainder => new(&ScalarLoops.Remainder),
            ElementwiseOp.FloorModulo => new(&ScalarLoops.FloorModulo),
            ElementwiseOp.Logarithm => new(&ScalarLoops.Logarithm),
            ElementwiseOp.Sine => new(&ScalarLoops.Sine),
            ElementwiseOp.Cosine => new(&ScalarLoops.Cosine),
            ElementwiseOp.Tangent => new(&ScalarLoops.Tangent),
            ElementwiseOp.ArcSine => new(&ScalarLoops.ArcSine),
            ElementwiseOp.ArcCosine => new(&ScalarLoops.ArcCosine),
            ElementwiseOp.ArcTangent => new(&ScalarLoops.ArcTangent),
            ElementwiseOp.HyperbolicSine => new(&ScalarLoops.HyperbolicSine),
            ElementwiseOp.HyperbolicCosine => new(&ScalarLoops.HyperbolicCosine),
            ElementwiseOp.ArcHyperbolicSine => new(&ScalarLoops.ArcHyperbolicSine),
            ElementwiseOp.ArcHyperbolicCosine => new(&ScalarLoops.ArcHyperbolicCosine),
            ElementwiseOp.ArcHyperbolicTangent => new(&ScalarLoops.ArcHyperbolicTangent),
            ElementwiseOp.Softplus => new(&ScalarLoops.Softplus),
            _ => default,
        };

    private static TileLoop FindInt<T>(ElementwiseOp op)
        where T : struct, ILane<T> => op switch
        {
            ElementwiseOp.Add => new(&LaneLoops.Binary<IntLaneOps.Add, T>),
            ElementwiseOp.Subtract => new(&LaneLoops.Binary<IntLaneOps.Subtract, T>),
            ElementwiseOp.Multiply => new(&LaneLoops.Binary<IntLaneOps.Multiply, T>),
            ElementwiseOp.Divide => new(&ScalarLoops.DivideInt),
            ElementwiseOp.Remainder => new(&ScalarLoops.RemainderInt),
            ElementwiseOp.FloorModulo => new(&ScalarLoops.FloorModuloInt),
            ElementwiseOp.Power => new(&ScalarLoops.PowerInt),
            ElementwiseOp.Minimum => new(&LaneLoops.Binary<IntLaneOps.Minimum, T>),
            ElementwiseOp.Maximum => new(&LaneLoops.Binary<IntLaneOps.Maximum, T>),
            ElementwiseOp.Negate => new(&LaneLoops.Unary<IntLaneOps.Negate, T>),
            ElementwiseOp.Absolute => new(&LaneLoops.Unary<IntLaneOps.Absolute, T>),
            ElementwiseOp.Sign => new(&LaneLoops.Unary<IntLaneOps.Sign, T>),
            ElementwiseOp.Relu => new(&LaneLoops.Unary<IntLaneOps.Relu, T>),
            ElementwiseOp.Floor or ElementwiseOp.Ceiling or ElementwiseOp.Round => new(&LaneLoops.Unary<LaneOps.Copy, T>),
            ElementwiseOp.Equal => new(&LaneLoops.Binary<IntLaneOps.Equal, T>),
            ElementwiseOp.Less => new(&LaneLoops.Binary<IntLaneOps.Less, T>),
            ElementwiseOp.LessOrEqual => new(&LaneLoops.Binary<IntLaneOps.LessOrEqual, T>),
            ElementwiseOp.Greater => new(&LaneLoops.Binary<IntLaneOps.Greater, T>),
            ElementwiseOp.GreaterOrEqual => new(&LaneLoops.Binary<IntLaneOps.GreaterOrEqual, T>),
            ElementwiseOp.IsNaN => new(&LaneLoops.Unary<IntLaneOps.Never, T>),
            _ => default,
        };
}
