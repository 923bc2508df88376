using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Execution;

/// <summary>Copies the elements of a view out of its buffer in logical order. Activations are two or four bytes an element.</summary>
internal static class ViewGather
{
    /// <param name="view">The walk; its offset counts from the buffer's start.</param>
    /// <param name="buffer">The whole buffer.</param>
    /// <param name="target">Dense elements in logical order.</param>
    public static void Copy(TensorView view, ReadOnlySpan<byte> buffer, Span<byte> target)
    {
        if (target.IsEmpty)
        {
            return;
        }

        if (view.Type.SizeInBytes() == sizeof(ushort))
        {
            Walk<ushort>(view, buffer, target);
        }
        else
        {
            Walk<uint>(view, buffer, target);
        }
    }

    private static void Walk<T>(TensorView view, ReadOnlySpan<byte> buffer, Span<byte> target)
        where T : unmanaged
    {
        ImmutableArray<ViewFactor> factors = view.Factors();
        Walk(factors.AsSpan(), MemoryMarshal.Cast<byte, T>(buffer), checked((int)view.Offset), MemoryMarshal.Cast<byte, T>(target));
    }

    private static void Walk<T>(ReadOnlySpan<ViewFactor> factors, ReadOnlySpan<T> source, int offset, Span<T> target)
        where T : unmanaged
    {
        switch (factors)
        {
            case []:
                target[0] = source[offset];
                break;
            case [{ Stride: 1 }]:
                source.Slice(offset, target.Length).CopyTo(target);
                break;
            case [var only]:
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = source[checked((int)(offset + (i * only.Stride)))];
                }

                break;
            default:
                int inner = checked((int)(target.Length / factors[0].Extent));
                for (int i = 0; i < factors[0].Extent; i++)
                {
                    Walk(factors[1..], source, checked((int)(offset + (i * factors[0].Stride))), target.Slice(i * inner, inner));
                }

                break;
        }
    }
}
