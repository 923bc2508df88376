using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Packing;

/// <summary>
/// XxHash3 of everything in the data section that is read as a unit: the parameters block, every chunk, every row of the row weights
/// (rows in the order of their weights). Stored in that order as little-endian 64-bit numbers.
/// </summary>
internal sealed class WeightFileChecksums
{
    private readonly ulong[] values;
    private readonly int chunkCount;
    private readonly Dictionary<int, int> firstRow;

    private WeightFileChecksums(ulong[] values, int chunkCount, Dictionary<int, int> firstRow)
    {
        this.values = values;
        this.chunkCount = chunkCount;
        this.firstRow = firstRow;
    }

    public ulong Parameters
    {
        get => values[0];
        set => values[0] = value;
    }

    public ImmutableArray<ulong> Chunks => ImmutableArray.Create(values.AsSpan(1, chunkCount));

    public void SetChunk(int chunk, ulong checksum) => values[1 + chunk] = checksum;

    public ulong Row(int weight, long row) => values[firstRow[weight] + row];

    public void SetRow(int weight, long row, ulong checksum) => values[firstRow[weight] + row] = checksum;

    public byte[] ToBytes() => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    /// <summary>Length of the table in bytes; throws <see cref="OverflowException"/> for row counts beyond sense.</summary>
    public static long BytesFor(KernelGraph graph, WeightFileLayout layout)
    {
        long rows = 0;
        foreach (KernelWeight weight in graph.Weights)
        {
            rows = checked(rows + (weight.Storage is RowWeight row ? row.Rows : 0));
        }

        return checked((1 + layout.Chunks.Length + rows) * sizeof(ulong));
    }

    /// <summary>A table of zeros to fill.</summary>
    public static WeightFileChecksums Empty(KernelGraph graph, WeightFileLayout layout) =>
        FromBytes(graph, layout, new byte[BytesFor(graph, layout)]);

    /// <summary>The table as stored; its length must be <see cref="BytesFor"/>.</summary>
    public static WeightFileChecksums FromBytes(KernelGraph graph, WeightFileLayout layout, ReadOnlySpan<byte> bytes)
    {
        ulong[] values = MemoryMarshal.Cast<byte, ulong>(bytes).ToArray();
        var firstRow = new Dictionary<int, int>();
        int next = 1 + layout.Chunks.Length;
        foreach (KernelWeight weight in graph.Weights)
        {
            if (weight.Storage is RowWeight row)
            {
                firstRow.Add(weight.Id, next);
                next = checked(next + (int)row.Rows);
            }
        }

        return new WeightFileChecksums(values, layout.Chunks.Length, firstRow);
    }
}
