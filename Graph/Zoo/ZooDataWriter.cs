using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Graph.Zoo;

/// <summary>
/// Writes a data file block by block: a few threads fill one block while the block before it is hashed and written. Memory is two
/// blocks, whatever the file's size.
/// </summary>
internal sealed class ZooDataWriter
{
    private const int BlockBytes = 4 * 1024 * 1024;
    private const int SliceBytes = 256 * 1024;
    private const int MostThreads = 8;

    private readonly IReadOnlyList<ZooTensor> tensors;

    public ZooDataWriter(IReadOnlyList<ZooTensor> tensors)
    {
        this.tensors = tensors;
        Length = tensors.Max(tensor => tensor.Offset + tensor.Bytes);
    }

    /// <summary>Bytes of the data file.</summary>
    public long Length { get; }

    /// <summary>Writes the whole file and returns its XxHash3. The file's earlier content is overwritten in place.</summary>
    public ulong Write(SafeFileHandle file, IProgress<ZooProgress>? progress, CancellationToken cancellation)
    {
        var hash = new XxHash3();
        byte[][] buffers = [new byte[BlockBytes], new byte[BlockBytes]];
        Task pending = Task.CompletedTask;
        try
        {
            for (long start = 0; start < Length; start += BlockBytes)
            {
                cancellation.ThrowIfCancellationRequested();
                byte[] buffer = buffers[start / BlockBytes % 2];
                int count = (int)Math.Min(BlockBytes, Length - start);
                FillBlock(start, buffer, count);
                pending.GetAwaiter().GetResult();
                long at = start;
                pending = Task.Run(
                    () =>
                    {
                        hash.Append(buffer.AsSpan(0, count));
                        RandomAccess.Write(file, buffer.AsSpan(0, count), at);
                        progress?.Report(new ZooProgress(at + count, Length));
                    },
                    CancellationToken.None);
            }
        }
        finally
        {
            // The file is closed by the caller; nothing may still write to it.
            pending.GetAwaiter().GetResult();
        }

        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>Fills a range of the file; bytes between tensors are zero.</summary>
    internal void Fill(long start, Span<byte> target)
    {
        target.Clear();
        for (int i = FirstAfter(start); i < tensors.Count && tensors[i].Offset < start + target.Length; i++)
        {
            ZooTensor tensor = tensors[i];
            long from = Math.Max(start, tensor.Offset);
            long to = Math.Min(start + target.Length, tensor.Offset + tensor.Bytes);
            if (from < to)
            {
                FillElements(tensor, from - tensor.Offset, target.Slice((int)(from - start), (int)(to - from)));
            }
        }
    }

    private void FillBlock(long start, byte[] buffer, int count)
    {
        int slices = (count + SliceBytes - 1) / SliceBytes;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(MostThreads, Environment.ProcessorCount) };
        Parallel.For(0, slices, options, slice =>
        {
            int at = slice * SliceBytes;
            Fill(start + at, buffer.AsSpan(at, Math.Min(SliceBytes, count - at)));
        });
    }

    // A slice may begin or end inside an element when a tensor is not aligned to it.
    private static void FillElements(ZooTensor tensor, long offset, Span<byte> target)
    {
        int size = tensor.ElementBytes;
        int head = (int)(offset % size);
        if (head == 0 && target.Length % size == 0)
        {
            tensor.Rule.Fill(offset / size, target);
            return;
        }

        var whole = new byte[(head + target.Length + size - 1) / size * size];
        tensor.Rule.Fill(offset / size, whole);
        whole.AsSpan(head, target.Length).CopyTo(target);
    }

    // The first tensor that ends after a byte; tensors do not overlap, so their ends are in order too.
    private int FirstAfter(long position)
    {
        int low = 0;
        int high = tensors.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (tensors[middle].Offset + tensors[middle].Bytes <= position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
