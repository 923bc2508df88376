using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Cli.Models;

/// <summary>
/// Seeded random tensors, the same for a seed on every machine: standard normal for floats; for integers, uniform below the input's
/// index extent when it picks rows of a table, else 0 or 1.
/// </summary>
internal static class RandomInputs
{
    public static Tensor Create(TensorMetadata input, int seed)
    {
        // Every input has a stream of its own, so that adding an input changes no other.
        ulong state = (ulong)seed;
        foreach (char letter in input.Name)
        {
            state = Mix(state + letter);
        }

        Tensor tensor = Tensor.Create(input.Type, input.Shape);
        switch (tensor)
        {
            case Tensor<float> floats:
                Fill(floats.Data.Span, () => (float)Normal(ref state));
                break;
            case Tensor<Half> halves:
                Fill(halves.Data.Span, () => (Half)Normal(ref state));
                break;
            case Tensor<double> doubles:
                Fill(doubles.Data.Span, () => Normal(ref state));
                break;
            case Tensor<long> longs:
                Fill(longs.Data.Span, () => Below(ref state, input.IndexExtent ?? 2));
                break;
            case Tensor<int> ints:
                Fill(ints.Data.Span, () => (int)Below(ref state, input.IndexExtent ?? 2));
                break;
            default:
                Fill(MemoryMarshal.AsBytes(WritableBytes(tensor)), () => (byte)Below(ref state, 2));
                break;
        }

        return tensor;
    }

    private static Span<byte> WritableBytes(Tensor tensor) => MemoryMarshal.CreateSpan(
        ref MemoryMarshal.GetReference(tensor.Bytes), tensor.Bytes.Length);

    private static void Fill<T>(Span<T> values, Func<T> next)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = next();
        }
    }

    // Box-Muller on two uniform numbers.
    private static double Normal(ref ulong state)
    {
        double u = 1 - Uniform(ref state);
        double v = Uniform(ref state);
        return Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v);
    }

    private static long Below(ref ulong state, long limit) => (long)(Uniform(ref state) * limit);

    private static double Uniform(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        return (Mix(state) >> 11) * (1.0 / (1L << 53));
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
