using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// Turns row ids into reads. Rows that are checked are read one by one, since checksums are kept per row; else neighbouring rows that go to
/// neighbouring places are one read.
/// </summary>
internal static class RowReads
{
    /// <summary>Longest read of consecutive rows.</summary>
    private const long LargestReadBytes = 256 * 1024;

    /// <summary>
    /// The ids of a fetch, read back from device memory unless they are constant; the caller has waited for their writer.
    /// </summary>
    public static int[] IdsOf(ScheduledFetch fetch)
    {
        if (fetch.Ids is not { } range)
        {
            return [.. fetch.Fetch.ConstantIds];
        }

        var buffer = new byte[range.Bytes];
        range.Memory.Read(range.Offset, buffer);
        var ids = new int[fetch.IdCount];
        ViewGather.Copy(fetch.Fetch.IdView!, buffer, MemoryMarshal.AsBytes(ids.AsSpan()));
        return ids;
    }

    /// <summary>
    /// Ids in place of computed ones where nothing is computed: spread evenly over the rows, so all different and no neighbours while there
    /// are enough rows, which is the most work that reading them can be.
    /// </summary>
    public static int[] AssumedIds(ScheduledFetch fetch) =>
        [.. Enumerable.Range(0, fetch.IdCount).Select(i => (int)(i * fetch.Rows.Rows / fetch.IdCount))];

    /// <summary>Reads for the ids in order, each with the timeline value that it signals, relative to the run's start.</summary>
    /// <exception cref="UsageException">An id that came from an input is outside the weight.</exception>
    /// <exception cref="RunFailedException">A computed id is outside the weight.</exception>
    public static IEnumerable<ScheduledRead> Plan(ScheduledFetch fetch, int[] ids)
    {
        int[] rows = [.. ids.Select((id, position) => Row(fetch, id, position))];
        long rowBytes = fetch.Rows.RowBytes;
        int mostRows = fetch.RowChecksum is null ? (int)Math.Max(1, LargestReadBytes / Math.Max(1, rowBytes)) : 1;
        for (int start = 0; start < rows.Length;)
        {
            int count = 1;
            while (start + count < rows.Length && count < mostRows && rows[start + count] == rows[start] + count)
            {
                count++;
            }

            int bytes = checked((int)(count * rowBytes));
            string label = count == 1
                ? $"{fetch.WeightName} row {rows[start]}"
                : $"{fetch.WeightName} rows {rows[start]} to {rows[start] + count - 1}";
            MemoryRange target = fetch.Target with { Offset = fetch.Target.Offset + (start * rowBytes), Bytes = bytes };
            var command = new ReadCommand(
                label, fetch.FileOffset + (rows[start] * rowBytes), bytes, target, fetch.RowChecksum?.Invoke(rows[start]));
            start += count;
            yield return new ScheduledRead(command, fetch.BaseValue + start);
        }
    }

    private static int Row(ScheduledFetch fetch, int id, int position)
    {
        long row = id < 0 ? id + fetch.Rows.Rows : id;
        if (row >= 0 && row < fetch.Rows.Rows)
        {
            return (int)row;
        }

        string problem = $"element {position} is {id}, '{fetch.WeightName}' has rows 0 to {fetch.Rows.Rows - 1}";
        throw fetch.IdInput is { } input
            ? new UsageException($"input '{input}': {problem}")
            : new RunFailedException($"row ids of '{fetch.WeightName}': {problem}");
    }
}
