using System.Diagnostics.CodeAnalysis;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Onnx;

/// <summary>ONNX data type numbers and the element types they stand for.</summary>
internal static class OnnxTypes
{
    private static readonly string[] Names =
    [
        "undefined", "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "double", "uint32",
        "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4",
        "int4", "float4e2m1", "float8e8m0", "uint2", "int2",
    ];

    public static bool TryConvert(long dataType, [NotNullWhen(true)] out ElementType? type)
    {
        type = dataType switch
        {
            1 => ElementType.Float32,
            2 => ElementType.UInt8,
            3 => ElementType.Int8,
            4 => ElementType.UInt16,
            5 => ElementType.Int16,
            6 => ElementType.Int32,
            7 => ElementType.Int64,
            9 => ElementType.Bool,
            10 => ElementType.Float16,
            11 => ElementType.Float64,
            12 => ElementType.UInt32,
            13 => ElementType.UInt64,
            16 => ElementType.BFloat16,
            _ => null,
        };
        return type is not null;
    }

    /// <summary>Name of a data type for errors, for example <c>string (8)</c>.</summary>
    public static string Describe(long dataType) =>
        dataType >= 0 && dataType < Names.Length ? $"{Names[dataType]} ({dataType})" : dataType.ToString();
}
