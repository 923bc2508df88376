using System.Runtime.InteropServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Sessions;

/// <summary>
/// A dense row-major tensor in the caller's memory, in the model's own element type. It owns nothing: an input's memory must not change
/// until its run is done; an output's memory belongs to whoever received it.
/// </summary>
public abstract class Tensor
{
    private protected Tensor(ElementType type, Shape shape)
    {
        Type = type;
        Shape = shape;
    }

    public ElementType Type { get; }

    public Shape Shape { get; }

    /// <summary>The elements as bytes in the machine's order, for hashing and saving.</summary>
    public abstract ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The elements as bytes, for filling.</summary>
    internal abstract Span<byte> WritableBytes { get; }

    /// <summary>A tensor of zeros. Throws <see cref="ModelException"/> for an element type that .NET has no type for.</summary>
    public static Tensor Create(ElementType type, Shape shape) => type switch
    {
        ElementType.Float32 => New<float>(shape),
        ElementType.Float16 => New<Half>(shape),
        ElementType.Int32 => New<int>(shape),
        ElementType.Int64 => New<long>(shape),
        ElementType.Bool => New<bool>(shape),
        ElementType.UInt8 => New<byte>(shape),
        ElementType.Int8 => New<sbyte>(shape),
        ElementType.Float64 => New<double>(shape),
        ElementType.Int16 => New<short>(shape),
        ElementType.UInt16 => New<ushort>(shape),
        ElementType.UInt32 => New<uint>(shape),
        ElementType.UInt64 => New<ulong>(shape),
        _ => throw new ModelException($"no tensors of element type {type} {shape}: inputs and outputs must be another type"),
    };

    /// <summary>A tensor over an array without copying it.</summary>
    public static Tensor<T> Create<T>(Shape shape, T[] data)
        where T : unmanaged => new(shape, data);

    /// <summary>The same tensor with its element type known; throws <see cref="InvalidCastException"/> when it is another.</summary>
    public Tensor<T> As<T>()
        where T : unmanaged =>
        this as Tensor<T> ?? throw new InvalidCastException($"the tensor holds {Type}, not {typeof(T).Name}");

    /// <summary>The element type of a .NET type.</summary>
    internal static ElementType TypeOf<T>()
        where T : unmanaged => typeof(T) switch
        {
            Type t when t == typeof(float) => ElementType.Float32,
            Type t when t == typeof(Half) => ElementType.Float16,
            Type t when t == typeof(int) => ElementType.Int32,
            Type t when t == typeof(long) => ElementType.Int64,
            Type t when t == typeof(bool) => ElementType.Bool,
            Type t when t == typeof(byte) => ElementType.UInt8,
            Type t when t == typeof(sbyte) => ElementType.Int8,
            Type t when t == typeof(double) => ElementType.Float64,
            Type t when t == typeof(short) => ElementType.Int16,
            Type t when t == typeof(ushort) => ElementType.UInt16,
            Type t when t == typeof(uint) => ElementType.UInt32,
            Type t when t == typeof(ulong) => ElementType.UInt64,
            _ => throw new UsageException($"tensors of {typeof(T).Name} are not supported"),
        };

    private static Tensor<T> New<T>(Shape shape)
        where T : unmanaged => new(shape, new T[shape.ElementCount]);
}

/// <summary>A tensor with its element type known at compile time.</summary>
public sealed class Tensor<T> : Tensor
    where T : unmanaged
{
    /// <param name="shape">Extents.</param>
    /// <param name="data">Exactly as many elements as the shape has.</param>
    public Tensor(Shape shape, Memory<T> data)
        : base(TypeOf<T>(), shape)
    {
        if (data.Length != shape.ElementCount)
        {
            throw new UsageException($"shape {shape} has {shape.ElementCount} elements, the memory {data.Length}");
        }

        Data = data;
    }

    /// <summary>The elements, the last axis fastest.</summary>
    public Memory<T> Data { get; }

    public override ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(Data.Span);

    internal override Span<byte> WritableBytes => MemoryMarshal.AsBytes(Data.Span);
}
