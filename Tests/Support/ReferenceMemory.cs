using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Tests.Support;

/// <summary>
/// Memory of the reference kernels: one double per element, rounded to the element type when it is written. Views are walked address by
/// address.
/// </summary>
internal sealed class ReferenceMemory(ElementType type, long elements)
{
    private readonly double[] values = new double[elements];

    public ElementType Type { get; } = type;

    public long Length => values.Length;

    public double this[long address] => values[address];

    /// <summary>Rounds to the element type and stores.</summary>
    public void Store(long address, double value) => values[address] = Type switch
    {
        ElementType.Float32 => (float)value,
        ElementType.Float16 => (double)(Half)value,
        ElementType.Int32 => unchecked((int)(long)value),
        _ => throw new InvalidOperationException($"kernels do not write {Type}"),
    };

    /// <summary>Elements in logical order.</summary>
    public double[] Read(TensorView view)
    {
        long[] addresses = Addresses(view);
        var result = new double[addresses.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = values[addresses[i]];
        }

        return result;
    }

    /// <summary>Stores elements given in logical order.</summary>
    public void Write(TensorView view, ReadOnlySpan<double> elements)
    {
        long[] addresses = Addresses(view);
        for (int i = 0; i < addresses.Length; i++)
        {
            Store(addresses[i], elements[i]);
        }
    }

    /// <summary>A dense copy of a constant, narrowed to the memory's type.</summary>
    public static ReferenceMemory From(ConstantTensor tensor, ElementType type)
    {
        var memory = new ReferenceMemory(type, tensor.Shape.ElementCount);
        double[] numbers = Numbers.Of(tensor);
        for (int i = 0; i < numbers.Length; i++)
        {
            memory.Store(i, numbers[i]);
        }

        return memory;
    }

    /// <summary>Address of every element in logical order.</summary>
    public static long[] Addresses(TensorView view)
    {
        var addresses = new long[view.ElementCount];
        for (long i = 0; i < addresses.Length; i++)
        {
            addresses[i] = view.AddressOf(i);
        }

        return addresses;
    }
}
