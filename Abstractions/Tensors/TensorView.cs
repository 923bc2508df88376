using System.Collections.Immutable;
using System.Text;

namespace FlashMem.Abstractions.Tensors;

/// <summary>
/// How a kernel walks a buffer as if it were a dense tensor: index comprehension. Every logical axis is a product of
/// <see cref="ViewFactor"/>s, outermost first, so that a chain of Reshape, Transpose, Slice, Squeeze and Expand over a buffer stays a
/// view (SmartMem, arXiv 2404.13528, section 3). Offsets and strides count elements, not bytes. Immutable.
/// </summary>
/// <remarks>
/// The address of logical index (i0, i1, ...) is Offset + the sum over axes of the mixed-radix digits of i over the axis' factors times
/// their strides. Factors of extent 1 are dropped and neighbours that walk as one are merged, so equal walks have equal factors.
/// </remarks>
public sealed class TensorView : IEquatable<TensorView>
{
    private readonly ImmutableArray<ImmutableArray<ViewFactor>> axes;

    private TensorView(ElementType type, ImmutableArray<ImmutableArray<ViewFactor>> axes, long offset)
    {
        Type = type;
        this.axes = axes;
        Offset = offset;
    }

    public ElementType Type { get; }

    /// <summary>Element index of logical index zero in the buffer.</summary>
    public long Offset { get; }

    /// <summary>Logical axes, outermost first; an axis of extent 1 has no factors.</summary>
    public ImmutableArray<ImmutableArray<ViewFactor>> Axes => axes;

    public int Rank => axes.Length;

    public Shape Shape
    {
        get
        {
            Span<long> extents = axes.Length <= 16 ? stackalloc long[axes.Length] : new long[axes.Length];
            for (int axis = 0; axis < axes.Length; axis++)
            {
                extents[axis] = Extent(axes[axis]);
            }

            return new Shape(extents);
        }
    }

    public long ElementCount => Shape.ElementCount;

    /// <summary>A dense row-major view of a whole buffer.</summary>
    public static TensorView Dense(ElementType type, Shape shape) => FromStrides(type, shape, DenseStrides(shape));

    /// <summary>A view with one stride per axis.</summary>
    public static TensorView FromStrides(ElementType type, Shape shape, ReadOnlySpan<long> strides, long offset = 0)
    {
        if (strides.Length != shape.Rank)
        {
            throw new ArgumentException($"{strides.Length} strides for shape {shape}", nameof(strides));
        }

        var axes = ImmutableArray.CreateBuilder<ImmutableArray<ViewFactor>>(shape.Rank);
        for (int i = 0; i < shape.Rank; i++)
        {
            axes.Add(Normalize([new ViewFactor(shape[i], strides[i])]));
        }

        return new TensorView(type, axes.MoveToImmutable(), offset);
    }

    /// <summary>A view from explicit factors for every axis.</summary>
    public static TensorView FromFactors(ElementType type, IEnumerable<IEnumerable<ViewFactor>> axes, long offset = 0) =>
        new(type, [.. axes.Select(factors => Normalize([.. factors]))], offset);

    /// <summary>Strides of a dense row-major tensor.</summary>
    public static long[] DenseStrides(Shape shape)
    {
        var strides = new long[shape.Rank];
        long stride = 1;
        for (int i = shape.Rank - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride = checked(stride * Math.Max(shape[i], 1));
        }

        return strides;
    }

    /// <summary>True when elements in logical order lie one after the other from <see cref="Offset"/>.</summary>
    public bool IsDense
    {
        get
        {
            ImmutableArray<ViewFactor> factors = Factors();
            return factors.Length == 0 || (factors.Length == 1 && factors[0].Stride == 1);
        }
    }

    /// <summary>All factors of the given axes (all axes when none are named) as one merged loop nest, outermost first.</summary>
    public ImmutableArray<ViewFactor> Factors(int start = 0, int? count = null)
    {
        var factors = new List<ViewFactor>();
        for (int axis = start; axis < axes.Length && axis - start < (count ?? axes.Length); axis++)
        {
            foreach (ViewFactor factor in axes[axis])
            {
                factors.Add(factor);
            }
        }

        return Normalize(factors);
    }

    /// <summary>Stride of an axis that is one loop; 0 for extent 1; null when the axis has several factors.</summary>
    public long? StrideOf(int axis) => axes[axis].Length switch
    {
        0 => 0,
        1 => axes[axis][0].Stride,
        _ => null,
    };

    /// <summary>Element address of a logical row-major position; slow, for tests and small tables.</summary>
    public long AddressOf(long position)
    {
        long address = Offset;
        for (int a = axes.Length - 1; a >= 0; a--)
        {
            for (int f = axes[a].Length - 1; f >= 0; f--)
            {
                ViewFactor factor = axes[a][f];
                address += position % factor.Extent * factor.Stride;
                position /= factor.Extent;
            }
        }

        return address;
    }

    /// <summary>One past the highest element address read, for bounds checks; 0 when the view is empty.</summary>
    public long UpperBound
    {
        get
        {
            long last = Offset;
            foreach (ImmutableArray<ViewFactor> axis in axes)
            {
                foreach (ViewFactor factor in axis)
                {
                    if (factor.Extent == 0)
                    {
                        return 0;
                    }

                    last += Math.Max(0, (factor.Extent - 1) * factor.Stride);
                }
            }

            return last + 1;
        }
    }

    /// <summary>Reorders axes: axis i of the result is axis <paramref name="permutation"/>[i] of this view.</summary>
    public TensorView Transpose(ReadOnlySpan<int> permutation)
    {
        var result = ImmutableArray.CreateBuilder<ImmutableArray<ViewFactor>>(axes.Length);
        foreach (int axis in permutation)
        {
            result.Add(axes[axis]);
        }

        return new TensorView(Type, result.ToImmutable(), Offset);
    }

    /// <summary>
    /// Regroups the elements in logical order into a new shape of equal element count. Null when some new axis boundary falls inside a
    /// factor that cannot be split there; the elements must then be copied first.
    /// </summary>
    public TensorView? TryReshape(Shape shape)
    {
        if (shape.ElementCount != ElementCount)
        {
            throw new ArgumentException(
                $"cannot reshape {Shape} to {shape}: {ElementCount} and {shape.ElementCount} elements", nameof(shape));
        }

        if (ElementCount == 0)
        {
            return Dense(Type, shape);
        }

        var pending = new Stack<ViewFactor>(Factors());
        var result = new ImmutableArray<ViewFactor>[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            long needed = shape[axis];
            var factors = new List<ViewFactor>();
            while (needed > 1)
            {
                ViewFactor inner = pending.Pop();
                if (needed % inner.Extent == 0)
                {
                    factors.Insert(0, inner);
                    needed /= inner.Extent;
                }
                else if (inner.Extent % needed == 0)
                {
                    factors.Insert(0, new ViewFactor(needed, inner.Stride));
                    pending.Push(new ViewFactor(inner.Extent / needed, inner.Stride * needed));
                    needed = 1;
                }
                else
                {
                    return null;
                }
            }

            result[axis] = Normalize(factors);
        }

        return new TensorView(Type, [.. result], Offset);
    }

    /// <summary>
    /// Takes <paramref name="count"/> elements of an axis from <paramref name="start"/> by <paramref name="step"/> (negative walks back).
    /// Null when the axis has several factors and the slice does not keep whole inner factors.
    /// </summary>
    public TensorView? TrySlice(int axis, long start, long count, long step)
    {
        ImmutableArray<ViewFactor> factors = axes[axis];
        if (count == 0)
        {
            return new TensorView(Type, axes.SetItem(axis, [new ViewFactor(0, 0)]), Offset);
        }

        if (count == 1)
        {
            long offset = 0;
            long index = start;
            foreach (ViewFactor factor in factors.Reverse())
            {
                offset += index % factor.Extent * factor.Stride;
                index /= factor.Extent;
            }

            return new TensorView(Type, axes.SetItem(axis, []), Offset + offset);
        }

        if (factors.Length == 1)
        {
            ViewFactor only = factors[0];
            return new TensorView(
                Type, axes.SetItem(axis, Normalize([new ViewFactor(count, only.Stride * step)])), Offset + (start * only.Stride));
        }

        long inner = 1;
        foreach (ViewFactor factor in factors.Skip(1))
        {
            inner *= factor.Extent;
        }

        if (step != 1 || start % inner != 0 || count % inner != 0)
        {
            return null;
        }

        ImmutableArray<ViewFactor> kept = [new ViewFactor(count / inner, factors[0].Stride), .. factors.Skip(1)];
        return new TensorView(Type, axes.SetItem(axis, Normalize(kept)), Offset + (start / inner * factors[0].Stride));
    }

    /// <summary>Inserts an axis of extent 1 before <paramref name="axis"/>.</summary>
    public TensorView InsertAxis(int axis) => new(Type, axes.Insert(axis, []), Offset);

    /// <summary>Removes an axis of extent 1.</summary>
    public TensorView RemoveAxis(int axis) => Extent(axes[axis]) == 1
        ? new(Type, axes.RemoveAt(axis), Offset)
        : throw new ArgumentException($"axis {axis} of {Shape} is not 1", nameof(axis));

    /// <summary>ONNX multidirectional broadcast to a shape of at least this rank: axes of extent 1 repeat.</summary>
    public TensorView BroadcastTo(Shape shape)
    {
        int missing = shape.Rank - Rank;
        if (missing < 0)
        {
            throw new ArgumentException($"cannot broadcast {Shape} to {shape}", nameof(shape));
        }

        var result = ImmutableArray.CreateBuilder<ImmutableArray<ViewFactor>>(shape.Rank);
        for (int i = 0; i < shape.Rank; i++)
        {
            long extent = i < missing ? 1 : Extent(axes[i - missing]);
            if (extent == shape[i])
            {
                result.Add(i < missing ? [] : axes[i - missing]);
            }
            else if (extent == 1)
            {
                result.Add([new ViewFactor(shape[i], 0)]);
            }
            else
            {
                throw new ArgumentException($"cannot broadcast {Shape} to {shape}", nameof(shape));
            }
        }

        return new TensorView(Type, result.MoveToImmutable(), Offset);
    }

    /// <summary>The same walk over elements of another type.</summary>
    public TensorView WithType(ElementType type) => type == Type ? this : new(type, axes, Offset);

    /// <summary>The same walk moved by a number of elements.</summary>
    public TensorView Shift(long elements) => new(Type, axes, Offset + elements);

    public bool Equals(TensorView? other)
    {
        if (other is null || Type != other.Type || Offset != other.Offset || axes.Length != other.axes.Length)
        {
            return false;
        }

        for (int axis = 0; axis < axes.Length; axis++)
        {
            if (!axes[axis].AsSpan().SequenceEqual(other.axes[axis].AsSpan()))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as TensorView);

    public override int GetHashCode() => HashCode.Combine(Type, Offset, Shape);

    /// <summary>For example <c>Float32@0[1][64:1][56:3584 56:64]</c>: offset, then extent:stride for every factor of every axis.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(Type).Append('@').Append(Offset);
        foreach (ImmutableArray<ViewFactor> axis in axes)
        {
            text.Append('[').Append(string.Join(' ', axis.Select(f => $"{f.Extent}:{f.Stride}"))).Append(']');
        }

        return text.ToString();
    }

    private static long Extent(ImmutableArray<ViewFactor> factors)
    {
        long extent = 1;
        foreach (ViewFactor factor in factors)
        {
            extent = checked(extent * factor.Extent);
        }

        return extent;
    }

    private static ImmutableArray<ViewFactor> Normalize(IReadOnlyList<ViewFactor> factors)
    {
        var result = ImmutableArray.CreateBuilder<ViewFactor>(factors.Count);
        foreach (ViewFactor factor in factors)
        {
            if (factor.Extent == 1)
            {
                continue;
            }

            if (result.Count > 0 && result[^1].Stride == factor.Extent * factor.Stride)
            {
                result[^1] = new ViewFactor(result[^1].Extent * factor.Extent, factor.Stride);
            }
            else
            {
                result.Add(factor);
            }
        }

        return result.ToImmutable();
    }
}
