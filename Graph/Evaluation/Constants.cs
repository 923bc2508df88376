using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Makes constants and reads their values.</summary>
public static class Constants
{
    /// <summary>A scalar.</summary>
    public static ConstantTensor Of(float value) => Of(ElementType.Float32, Shape.Scalar, [value]);

    /// <summary>A scalar.</summary>
    public static ConstantTensor Of(long value) => Of(ElementType.Int64, Shape.Scalar, [value]);

    /// <summary>A vector.</summary>
    public static ConstantTensor Of(ReadOnlySpan<float> values) => Of(ElementType.Float32, new Shape(values.Length), values);

    /// <summary>A vector.</summary>
    public static ConstantTensor Of(ReadOnlySpan<long> values) => Of(ElementType.Int64, new Shape(values.Length), values);

    /// <summary>A tensor whose elements lie in memory as <typeparamref name="T"/> does.</summary>
    public static ConstantTensor Of<T>(ElementType type, Shape shape, ReadOnlySpan<T> values)
        where T : unmanaged => new(type, shape, [.. MemoryMarshal.AsBytes(values)]);

    /// <summary>The elements as <typeparamref name="T"/>, whose size must be the element type's.</summary>
    public static ReadOnlySpan<T> Span<T>(this ConstantTensor tensor)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.Bytes.AsSpan());

    /// <summary>The elements of an integer or boolean tensor; UInt64 keeps its bits. Floating-point values are truncated.</summary>
    public static long[] ToInt64(this ConstantTensor tensor) => Conversion.ToInt64(tensor);

    /// <summary>The elements of any tensor as numbers; booleans are 0 and 1.</summary>
    public static double[] ToDouble(this ConstantTensor tensor) => Conversion.ToDouble(tensor);

    /// <summary>The same elements with another shape of equal element count.</summary>
    internal static ConstantTensor Reshape(this ConstantTensor tensor, Shape shape) => tensor with { Shape = shape };

    /// <summary>A new tensor around bytes that nobody else writes.</summary>
    internal static ConstantTensor Own(ElementType type, Shape shape, byte[] bytes) =>
        new(type, shape, ImmutableCollectionsMarshal.AsImmutableArray(bytes));

    /// <summary>Zeroed bytes for a tensor; error when it is too large to hold in memory.</summary>
    internal static byte[] Allocate(ElementType type, Shape shape)
    {
        long bytes = checked(shape.ElementCount * type.SizeInBytes());
        return bytes <= Array.MaxLength
            ? new byte[bytes]
            : throw new ModelException($"a tensor of shape {shape} and type {type} is too large to compute ({bytes} bytes)");
    }
}
