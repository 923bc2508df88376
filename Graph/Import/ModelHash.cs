using System.Buffers.Binary;
using System.IO.Hashing;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Import.Wire;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Graph.Import;

/// <summary>XxHash128 of a model file: the model's identity in plans and weight files.</summary>
internal static class ModelHash
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>
    /// Hashes the whole file, or, when it is larger than <see cref="ImportLimits.WholeHashBytes"/>, everything but the inline weights
    /// (whose positions and lengths are hashed instead).
    /// </summary>
    public static string Compute(string model, SafeFileHandle file, long length, IEnumerable<FileRange> weights)
    {
        var hash = new XxHash128();
        var buffer = new byte[BufferBytes];
        long position = 0;
        if (length > ImportLimits.WholeHashBytes)
        {
            Span<byte> numbers = stackalloc byte[2 * sizeof(long)];
            foreach (FileRange range in weights.OrderBy(r => r.Offset))
            {
                Append(range.Offset);
                BinaryPrimitives.WriteInt64LittleEndian(numbers, range.Offset);
                BinaryPrimitives.WriteInt64LittleEndian(numbers[sizeof(long)..], range.Length);
                hash.Append(numbers);
                position = Math.Max(position, range.End);
            }
        }

        Append(length);
        return Convert.ToHexStringLower(hash.GetCurrentHash());

        void Append(long end)
        {
            while (position < end)
            {
                int count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - position)), position);
                if (count == 0)
                {
                    throw new ModelException($"{model}: the file became shorter while it was read");
                }

                hash.Append(buffer.AsSpan(0, count));
                position += count;
            }
        }
    }
}
