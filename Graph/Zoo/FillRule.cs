using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Zoo;

/// <summary>
/// The rule by which zoo weights are filled (models/README of the zoo): element i of the tensor named N depends on N, i, the type and
/// the shape alone. Computed in double precision and rounded once, so that every machine makes the same bytes.
/// </summary>
internal sealed class FillRule
{
    private const ulong Increment = 0x9E3779B97F4A7C15;
    private const ulong FirstFactor = 0xBF58476D1CE4E5B9;
    private const ulong SecondFactor = 0x94D049BB133111EB;
    private const ulong HashOffset = 0xCBF29CE484222325;
    private const ulong HashPrime = 0x100000001B3;
    private const double UnitScale = 2.0 / (1 << 24);

    private readonly ElementType type;
    private readonly Shape shape;
    private readonly ulong seed;
    private readonly double offset;
    private readonly double scale;

    public FillRule(string name, ElementType type, Shape shape)
    {
        if (type is not (ElementType.Float32 or ElementType.Bool))
        {
            throw new ModelException($"the zoo has no rule for tensor '{name}' of type {type}");
        }

        this.type = type;
        this.shape = shape;
        seed = Hash(name);
        if (shape.Dims.Count(dim => dim != 1) <= 1)
        {
            bool bias = name.EndsWith("bias", StringComparison.Ordinal);
            (offset, scale) = bias ? (0, 0.02) : (1, 0.05);
        }
        else
        {
            long fanIn = shape.Rank == 2 ? shape[0] : new Shape(shape.Dims.AsSpan()[1..]).ElementCount;
            (offset, scale) = (0, Math.Sqrt(3.0 / fanIn));
        }
    }

    /// <summary>Fills whole elements from <paramref name="first"/> on.</summary>
    public void Fill(long first, Span<byte> target)
    {
        if (type == ElementType.Bool)
        {
            FillTriangle(first, target);
        }
        else
        {
            FillFloats(first, MemoryMarshal.Cast<byte, float>(target));
        }
    }

    /// <summary>The rule for one float element, one operation after the other.</summary>
    internal float Element(long index)
    {
        ulong z = unchecked(seed + (ulong)index + Increment);
        z = unchecked((z ^ (z >> 30)) * FirstFactor);
        z = unchecked((z ^ (z >> 27)) * SecondFactor);
        z ^= z >> 31;
        double v = ((double)(z >> 40) * UnitScale) - 1;
        return (float)(offset + (v * scale));
    }

    private static ulong Hash(string name)
    {
        ulong hash = HashOffset;
        foreach (byte value in Encoding.UTF8.GetBytes(name))
        {
            hash = unchecked((hash ^ value) * HashPrime);
        }

        return hash;
    }

    // Sums and products are separate operations here as in Element: a fused one would round differently.
    private void FillFloats(long first, Span<float> target)
    {
        int done = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector512<ulong> start = Vector512.Create(unchecked(seed + (ulong)first + Increment)) + Vector512<ulong>.Indices;
            for (; done <= target.Length - Vector512<float>.Count; done += Vector512<float>.Count)
            {
                Vector512<double> low = Scaled(start + Vector512.Create((ulong)done));
                Vector512<double> high = Scaled(start + Vector512.Create((ulong)done + (ulong)Vector512<double>.Count));
                Vector512.Narrow(low, high).CopyTo(target[done..]);
            }
        }

        for (; done < target.Length; done++)
        {
            target[done] = Element(first + done);
        }
    }

    private Vector512<double> Scaled(Vector512<ulong> z)
    {
        z = (z ^ (z >>> 30)) * Vector512.Create(FirstFactor);
        z = (z ^ (z >>> 27)) * Vector512.Create(SecondFactor);
        z ^= z >>> 31;
        Vector512<double> unit = Vector512.ConvertToDouble((z >>> 40).AsInt64());
        Vector512<double> v = (unit * Vector512.Create(UnitScale)) - Vector512<double>.One;
        return Vector512.Create(offset) + (v * Vector512.Create(scale));
    }

    // Lower triangle of the last two dimensions.
    private void FillTriangle(long first, Span<byte> target)
    {
        long columns = shape.Rank > 0 ? shape[shape.Rank - 1] : 1;
        long rows = shape.Rank > 1 ? shape[shape.Rank - 2] : 1;
        for (int i = 0; i < target.Length; i++)
        {
            long index = first + i;
            target[i] = (byte)(index % columns <= index / columns % rows ? 1 : 0);
        }
    }
}
