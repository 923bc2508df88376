using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Lowering.Views;

/// <summary>
/// Carries views from one address space to another. Built from two views of the same logical tensor, <c>from</c> and <c>to</c>, it knows
/// for every element where it lies in both; <see cref="Apply"/> then rewrites any other walk over the first space into the second.
/// It is how a residual's view is found in a kernel's own axes and how a buffer is laid out anew under its readers.
/// </summary>
internal sealed class AddressMap
{
    private readonly Digit[] digits;
    private readonly long fromOffset;
    private readonly long toOffset;

    private AddressMap(Digit[] digits, long fromOffset, long toOffset)
    {
        this.digits = digits;
        this.fromOffset = fromOffset;
        this.toOffset = toOffset;
    }

    /// <summary>One digit of an address: <c>Extent</c> steps of <c>From</c> elements here are steps of <c>To</c> elements there.</summary>
    private readonly record struct Digit(long Extent, long From, long To);

    /// <summary>
    /// Null when the factors of the two views do not nest, or when <paramref name="from"/> visits an address twice or walks backwards
    /// (broadcast or reversed axes).
    /// </summary>
    public static AddressMap? Between(TensorView from, TensorView to)
    {
        var digits = new List<Digit>();
        for (int axis = 0; axis < from.Rank; axis++)
        {
            if (!Refine(from.Axes[axis].AsSpan(), to.Axes[axis].AsSpan(), digits))
            {
                return null;
            }
        }

        Digit[] sorted = [.. digits];
        Array.Sort(sorted, static (a, b) => a.From.CompareTo(b.From));
        long reach = 1;
        foreach (Digit digit in sorted)
        {
            if (digit.From < reach)
            {
                return null;
            }

            reach = digit.From * digit.Extent;
        }

        return new AddressMap(sorted, from.Offset, to.Offset);
    }

    /// <summary>A walk over the first space as a walk over the second; null when it has no such form.</summary>
    public TensorView? Apply(TensorView view)
    {
        Span<long> low = stackalloc long[digits.Length];
        Span<long> high = stackalloc long[digits.Length];
        long rest = view.Offset - fromOffset;
        long offset = toOffset;
        for (int i = digits.Length - 1; i >= 0; i--)
        {
            low[i] = high[i] = rest / digits[i].From;
            offset += low[i] * digits[i].To;
            rest %= digits[i].From;
        }

        if (rest != 0)
        {
            return null;
        }

        var axes = new List<List<ViewFactor>>(view.Rank);
        foreach (var axis in view.Axes)
        {
            var factors = new List<ViewFactor>();
            foreach (ViewFactor factor in axis)
            {
                if (!Rewrite(factor, factors, low, high))
                {
                    return null;
                }
            }

            axes.Add(factors);
        }

        for (int i = 0; i < digits.Length; i++)
        {
            if (low[i] < 0 || high[i] >= digits[i].Extent)
            {
                return null;
            }
        }

        return TensorView.FromFactors(view.Type, axes, offset);
    }

    private bool Rewrite(ViewFactor factor, List<ViewFactor> target, Span<long> low, Span<long> high)
    {
        if (factor.Stride == 0)
        {
            target.Add(factor);
            return true;
        }

        int sign = Math.Sign(factor.Stride);
        long stride = Math.Abs(factor.Stride);
        int at = Array.FindLastIndex(digits, digit => digit.From <= stride);
        if (at < 0 || stride % digits[at].From != 0)
        {
            return false;
        }

        int insertAt = target.Count;
        long unit = stride / digits[at].From;
        long remaining = factor.Extent;
        while (remaining > 1)
        {
            Digit digit = digits[at];
            long steps = remaining;
            if ((remaining - 1) * unit >= digit.Extent)
            {
                // The walk leaves this digit: it must use it up and go on in the next one without a gap.
                if (digit.Extent % unit != 0 || remaining % (digit.Extent / unit) != 0 || at + 1 == digits.Length
                    || digits[at + 1].From != digit.From * digit.Extent)
                {
                    return false;
                }

                steps = digit.Extent / unit;
            }

            target.Insert(insertAt, new ViewFactor(steps, sign * unit * digit.To));
            if (sign > 0)
            {
                high[at] += (steps - 1) * unit;
            }
            else
            {
                low[at] -= (steps - 1) * unit;
            }

            remaining /= steps;
            unit = 1;
            at++;
        }

        return true;
    }

    private static bool Refine(ReadOnlySpan<ViewFactor> from, ReadOnlySpan<ViewFactor> to, List<Digit> digits)
    {
        int f = from.Length - 1;
        int t = to.Length - 1;
        if (f < 0 || t < 0)
        {
            return f == t;
        }

        ViewFactor a = from[f];
        ViewFactor b = to[t];
        while (true)
        {
            long extent = Math.Min(a.Extent, b.Extent);
            if (extent == 0 || a.Extent % extent != 0 || b.Extent % extent != 0)
            {
                return false;
            }

            digits.Add(new Digit(extent, a.Stride, b.Stride));
            a = new ViewFactor(a.Extent / extent, a.Stride * extent);
            b = new ViewFactor(b.Extent / extent, b.Stride * extent);
            if (a.Extent == 1)
            {
                f--;
            }

            if (b.Extent == 1)
            {
                t--;
            }

            if (f < 0 || t < 0)
            {
                return f < 0 && t < 0;
            }

            a = a.Extent == 1 ? from[f] : a;
            b = b.Extent == 1 ? to[t] : b;
        }
    }
}
