using System.Runtime.ExceptionServices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Abstractions.Devices;

/// <summary>
/// Fetches a large result from a device with several threads, each by way of page-locked memory of its own: a link brings 50 GB/s there, a
/// thread takes some 6 of them on to where the caller wants them.
/// </summary>
public static class ResultFetch
{
    /// <summary>Most bytes that a thread fetches at a time, and of the memory that it has for it.</summary>
    public const int PieceBytes = 512 << 10;

    /// <summary>Shorter results are not worth several threads.</summary>
    public const int WorthwhileBytes = 2 * PieceBytes;

    /// <summary>Number of threads. Two keep the link and a processor busy.</summary>
    public static int Threads { get; } = SpareProcessors.Exist ? 8 : 2;

    /// <summary>Fetches a range of memory; throws what fetching throws.</summary>
    /// <param name="target">Where it goes.</param>
    /// <param name="bytes">How much.</param>
    /// <param name="fetch">Brings a piece, given where it starts and how long it is, to the memory of a thread, of which it is told the number; says where
    /// that is.</param>
    public static unsafe void Read(nint target, int bytes, Func<int, int, int, nint> fetch)
    {
        try
        {
            Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
            {
                for (int start = thread * PieceBytes; start < bytes; start += Threads * PieceBytes)
                {
                    int length = Math.Min(PieceBytes, bytes - start);
                    Buffer.MemoryCopy((void*)fetch(thread, start, length), (void*)(target + start), length, length);
                }
            });
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }
}
