using System.Collections.Immutable;

namespace FlashMem.Abstractions.Tensors;

/// <summary>Extents of a tensor, outermost first. Immutable; rank 0 is a scalar. Extents are never negative.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly ImmutableArray<long> dims;

    public Shape(params ReadOnlySpan<long> dims)
    {
        foreach (long dim in dims)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dim);
        }

        this.dims = ImmutableArray.Create(dims);
    }

    public static Shape Scalar => new([]);

    public ImmutableArray<long> Dims => dims.IsDefault ? [] : dims;

    public int Rank => Dims.Length;

    public long this[int axis] => Dims[axis];

    /// <summary>Number of elements. Throws <see cref="OverflowException"/> when the product exceeds 63 bits.</summary>
    public long ElementCount
    {
        get
        {
            long count = 1;
            foreach (long dim in Dims)
            {
                count = checked(count * dim);
            }

            return count;
        }
    }

    public bool Equals(Shape other) => Dims.AsSpan().SequenceEqual(other.Dims.AsSpan());

    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (long dim in Dims)
        {
            hash.Add(dim);
        }

        return hash.ToHashCode();
    }

    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>For example <c>[1, 3, 224, 224]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Dims)}]";
}
