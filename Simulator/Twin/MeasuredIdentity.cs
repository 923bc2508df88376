using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FlashMem.Abstractions.Measurements;

namespace FlashMem.Simulator.Twin;

/// <summary>Identity of measured kernel times and carried costs; names, which are for people, do not count.</summary>
internal static class MeasuredIdentity
{
    // Changes when the same figures come to mean other times.
    private const string Version = "measured/2";
    private const int HashBytes = 16;

    /// <summary>SHA-256 (hex, its first 16 bytes) of every figure that a time or a capacity depends on, in the profile's order.</summary>
    /// <param name="figures">What was measured.</param>
    /// <param name="reads">Which of the reads.</param>
    public static string Of(TwinFigures figures, ReadFigures reads)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Version);
        Append(hash, figures.Kernels.Length);
        foreach (MeasuredKernel kernel in figures.Kernels)
        {
            Append(hash, kernel.Signature);
            Append(hash, (long)kernel.Family);
            Append(hash, (long)kernel.Class);
            Append(hash, kernel.Panels);
            Append(hash, kernel.Flops);
            Append(hash, kernel.Bytes);
            Append(hash, BitConverter.DoubleToInt64Bits(kernel.LaunchSeconds));
            Append(hash, BitConverter.DoubleToInt64Bits(kernel.Seconds));
        }

        foreach (CarriedCost cost in figures.CarriedCosts)
        {
            Append(hash, (long)cost.Class);
            Append(hash, BitConverter.DoubleToInt64Bits(cost.SecondsPerByte));
        }

        foreach (Interference one in reads.Interference)
        {
            Append(hash, (long)one.Slowed);
            Append(hash, (long)one.By);
            Append(hash, (long?)one.Class ?? -1);
            Append(hash, BitConverter.DoubleToInt64Bits(one.Factor));
        }

        Append(hash, BitConverter.DoubleToInt64Bits(reads.WakeSeconds));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, HashBytes));
    }

    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Append(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Append(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        hash.AppendData(bytes);
    }
}
