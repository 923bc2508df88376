using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>
/// Addresses of a <see cref="TensorView"/> as C expressions of its logical indices: the mixed-radix digits of every index over its axis'
/// factors times their strides, plus the offset. Divisions by powers of two are shifts and masks; indices are never negative.
/// </summary>
internal static class ClIndex
{
    /// <summary>Type in which indices and addresses of a view are computed: <c>int</c> while they fit, else <c>long</c>.</summary>
    public static string Type(TensorView view) =>
        view.UpperBound > int.MaxValue || view.ElementCount > int.MaxValue || view.Offset > int.MaxValue ? "long" : "int";

    /// <summary>Element address of a logical index.</summary>
    /// <param name="view">Not empty.</param>
    /// <param name="indices">
    /// One C expression per axis, evaluated once per factor of its axis; not looked at where the axis does not move the address.
    /// </param>
    public static string Address(TensorView view, IReadOnlyList<string> indices)
    {
        if (indices.Count != view.Rank)
        {
            throw new ArgumentException($"{indices.Count} indices for {view}", nameof(indices));
        }

        var sum = new Sum(Type(view) == "long");
        sum.Add(view.Offset);
        for (int axis = 0; axis < view.Rank; axis++)
        {
            AddAxis(ref sum, view.Axes[axis], indices[axis]);
        }

        return sum.ToString();
    }

    /// <summary>Element address of a row-major position over all axes.</summary>
    public static string FlatAddress(TensorView view, string position)
    {
        var sum = new Sum(Type(view) == "long");
        sum.Add(view.Offset);
        AddAxis(ref sum, view.Factors(), position);
        return sum.ToString();
    }

    /// <summary>The logical indices of a row-major position: one expression per extent.</summary>
    public static IReadOnlyList<string> Digits(IReadOnlyList<long> extents, string position)
    {
        var digits = new string[extents.Count];
        long inner = 1;
        for (int i = extents.Count - 1; i >= 0; i--)
        {
            digits[i] = extents[i] == 1 ? "0" : Digit(position, inner, extents[i], outermost: extents.Take(i).All(extent => extent == 1));
            inner *= extents[i];
        }

        return digits;
    }

    /// <summary>
    /// Elements between neighbours along an axis inside every run of <paramref name="width"/> that starts at a multiple of it; null when
    /// some run is not evenly spaced. 0 for a broadcast axis, 1 for a dense one.
    /// </summary>
    public static long? RunStride(TensorView view, int axis, int width)
    {
        ImmutableArray<ViewFactor> factors = view.Axes[axis];
        if (factors.Length == 0)
        {
            return 0;
        }

        return factors.Length == 1 || factors[^1].Extent % width == 0 ? factors[^1].Stride : null;
    }

    /// <summary>True when the axis does not move the address.</summary>
    public static bool IsBroadcast(TensorView view, int axis) => view.Axes[axis].All(factor => factor.Stride == 0);

    /// <summary>True when the whole axis is one run of neighbours in memory (or a single element).</summary>
    public static bool IsDense(TensorView view, int axis) => view.Axes[axis].Length == 0 || view.StrideOf(axis) == 1;

    private static void AddAxis(ref Sum sum, ImmutableArray<ViewFactor> factors, string index)
    {
        long inner = 1;
        var terms = new List<(string Digit, long Stride)>();
        for (int f = factors.Length - 1; f >= 0; f--)
        {
            ViewFactor factor = factors[f];
            if (factor.Stride != 0)
            {
                terms.Add((Digit(index, inner, factor.Extent, outermost: f == 0), factor.Stride));
            }

            inner *= factor.Extent;
        }

        terms.Reverse();
        foreach ((string digit, long stride) in terms)
        {
            sum.Add(digit, stride);
        }
    }

    private static string Digit(string index, long inner, long extent, bool outermost)
    {
        string text = IsName(index) ? index : $"({index})";
        if (inner > 1)
        {
            text = BitOperations.IsPow2(inner)
                ? $"({text} >> {ClTypes.Number(BitOperations.Log2((ulong)inner))})"
                : $"({text} / {ClTypes.Number(inner)})";
        }

        if (!outermost)
        {
            text = BitOperations.IsPow2(extent)
                ? $"({text} & {ClTypes.Number(extent - 1)})"
                : $"({text} % {ClTypes.Number(extent)})";
        }

        return text;
    }

    private static bool IsName(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>A sum of constants and products; a number alone when nothing else is added.</summary>
    private struct Sum(bool isLong)
    {
        private readonly StringBuilder text = new();
        private long constant;

        public void Add(long value) => constant += value;

        public readonly void Add(string digit, long stride)
        {
            if (text.Length > 0)
            {
                text.Append(stride < 0 ? " - " : " + ");
            }
            else if (stride < 0)
            {
                text.Append('-');
            }

            long magnitude = Math.Abs(stride);
            text.Append(digit);
            if (magnitude != 1)
            {
                text.Append(" * ").Append(Literal(magnitude));
            }
        }

        public override readonly string ToString()
        {
            if (text.Length == 0)
            {
                return Literal(constant);
            }

            return constant == 0 ? text.ToString() : string.Create(CultureInfo.InvariantCulture, $"{Literal(constant)} + {text}");
        }

        private readonly string Literal(long value) => ClTypes.Number(value) + (isLong ? "L" : string.Empty);
    }
}
