using FlashMem.Abstractions.Time;

namespace FlashMem.Abstractions.Devices;

/// <summary>
/// Copies large results within the host's memory by several threads where processors are to spare: one thread moves some 6 GB/s, a link to a
/// GPU brings 50.
/// </summary>
public static class HostCopy
{
    /// <summary>What is worth a thread of its own.</summary>
    private const int ShareBytes = 256 << 10;

    private static readonly ParallelOptions Threads = new() { MaxDegreeOfParallelism = Math.Min(8, Environment.ProcessorCount / 2) };

    /// <summary>Copies all of the source; the destination is at least as long.</summary>
    public static void Copy(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (SpareProcessors.Exist && source.Length >= 2 * ShareBytes)
        {
            CopyInShares(source, destination[..source.Length]);
        }
        else
        {
            source.CopyTo(destination);
        }
    }

    /// <summary>The same whatever the machine has.</summary>
    internal static unsafe void CopyInShares(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int length = source.Length;
        fixed (byte* first = source)
        {
            fixed (byte* target = destination)
            {
                byte* from = first;
                byte* to = target;
                Parallel.For(0, (length + ShareBytes - 1) / ShareBytes, Threads, share =>
                {
                    int start = share * ShareBytes;
                    int bytes = Math.Min(ShareBytes, length - start);
                    Buffer.MemoryCopy(from + start, to + start, bytes, bytes);
                });
            }
        }
    }
}
