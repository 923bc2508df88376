namespace FlashMem.Abstractions.Kernels;

/// <summary>
/// Primitive of a fused expression. Arithmetic works on the instruction's type (Float32 or Int32). Comparisons compare in that type and
/// yield Int32 0 or 1; logic takes and yields Int32 0 or 1.
/// </summary>
public enum ElementwiseOp
{
    /// <summary>The instruction's immediate.</summary>
    Constant,

    Add,
    Subtract,
    Multiply,
    Divide,

    /// <summary>ONNX Mod with fmod = 0: the sign of the divisor.</summary>
    FloorModulo,

    /// <summary>ONNX Mod with fmod = 1: the sign of the dividend.</summary>
    Remainder,

    Power,
    Minimum,
    Maximum,
    Negate,
    Absolute,
    Sign,
    Reciprocal,
    SquareRoot,
    Exponential,
    Logarithm,
    ErrorFunction,
    Sine,
    Cosine,
    Tangent,
    ArcSine,
    ArcCosine,
    ArcTangent,
    HyperbolicSine,
    HyperbolicCosine,
    HyperbolicTangent,
    ArcHyperbolicSine,
    ArcHyperbolicCosine,
    ArcHyperbolicTangent,
    Floor,
    Ceiling,

    /// <summary>To the nearest integer, halves to even.</summary>
    Round,

    Relu,
    Sigmoid,

    /// <summary>x * sigmoid(x).</summary>
    Silu,

    /// <summary>0.5 x (1 + erf(x / sqrt 2)).</summary>
    Gelu,

    /// <summary>0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).</summary>
    GeluTanh,

    /// <summary>log(1 + exp(x)).</summary>
    Softplus,

    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    IsNaN,

    And,
    Or,
    Xor,
    Not,

    /// <summary>A where the Int32 register C is not 0, else B.</summary>
    Select,

    /// <summary>Int32 to Float32.</summary>
    ToFloat,

    /// <summary>Float32 to Int32, truncated toward zero.</summary>
    ToInt,
}
