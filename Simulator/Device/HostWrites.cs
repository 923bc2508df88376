namespace FlashMem.Simulator.Device;

/// <summary>Bytes that the host wrote to memory without values, by offset; pieces do not overlap.</summary>
internal sealed class HostWrites
{
    private readonly SortedList<long, byte[]> pieces = [];

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        Forget(offset, source.Length);
        if (!source.IsEmpty)
        {
            pieces.Add(offset, source.ToArray());
        }
    }

    /// <summary>False when not every byte is known.</summary>
    public bool TryRead(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int at = PieceAt(offset);
            if (at < 0)
            {
                return false;
            }

            ReadOnlySpan<byte> piece = pieces.Values[at].AsSpan((int)(offset - pieces.Keys[at]));
            int count = Math.Min(piece.Length, destination.Length);
            piece[..count].CopyTo(destination);
            destination = destination[count..];
            offset += count;
        }

        return true;
    }

    /// <summary>Drops what is known of a range.</summary>
    public void Forget(long offset, long bytes)
    {
        long end = offset + bytes;
        for (int i = pieces.Count - 1; i >= 0 && bytes > 0; i--)
        {
            long start = pieces.Keys[i];
            byte[] piece = pieces.Values[i];
            if (start + piece.Length <= offset)
            {
                break;
            }

            if (start >= end)
            {
                continue;
            }

            pieces.RemoveAt(i);
            if (start + piece.Length > end)
            {
                pieces.Add(end, piece[(int)(end - start)..]);
            }

            if (start < offset)
            {
                pieces.Add(start, piece[..(int)(offset - start)]);
            }
        }
    }

    private int PieceAt(long offset)
    {
        for (int i = pieces.Count - 1; i >= 0; i--)
        {
            if (pieces.Keys[i] <= offset)
            {
                return offset < pieces.Keys[i] + pieces.Values[i].Length ? i : -1;
            }
        }

        return -1;
    }
}
