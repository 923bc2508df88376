namespace FlashMem.Abstractions.Tensors;

/// <summary>
/// Type of a tensor's elements. Weights are stored as <see cref="Float16"/> or <see cref="Float32"/>, and so are activations, or
/// they are <see cref="Int32"/> (integers and booleans of the model are narrowed to 32 bits where they are bound).
/// The rest occur in model files only.
/// </summary>
public enum ElementType : byte
{
    Float32,
    Float16,
    Int32,
    Int64,
    Bool,
    UInt8,
    Int8,
    Float64,
    BFloat16,
    Int16,
    UInt16,
    UInt32,
    UInt64,
}

public static class ElementTypes
{
    /// <summary>Size of one element in bytes.</summary>
    public static int SizeInBytes(this ElementType type) => type switch
    {
        ElementType.Bool or ElementType.UInt8 or ElementType.Int8 => 1,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 or ElementType.UInt16 => 2,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Float64 or ElementType.Int64 or ElementType.UInt64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type"),
    };

    /// <summary>What command lines, plans and reports call a type of weights and activations: fp32 or fp16.</summary>
    public static string Precision(this ElementType type) => type switch
    {
        ElementType.Float32 => "fp32",
        ElementType.Float16 => "fp16",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "weights and activations are fp32 or fp16"),
    };

    /// <summary>The type of such a name; null for others.</summary>
    public static ElementType? OfPrecision(string name) => name switch
    {
        "fp32" => ElementType.Float32,
        "fp16" => ElementType.Float16,
        _ => null,
    };

    /// <summary>True for floating-point types.</summary>
    public static bool IsFloat(this ElementType type) =>
        type is ElementType.Float32 or ElementType.Float16 or ElementType.Float64 or ElementType.BFloat16;
}
