using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;

namespace FlashMem.Simulator.Twin;

/// <summary>
/// The launches of a dispatch: a kernel reads its weight from one texture, so chunks that lie in several blocks of the texture arena are
/// computed by a launch for each stretch of them in one block.
/// </summary>
internal static class WeightPieces
{
    /// <summary>Panels of every launch, in order; one of all panels for kernels without a streamed weight.</summary>
    /// <param name="command">With its weight's chunks.</param>
    /// <param name="blockBytes">Bytes of a texture block.</param>
    public static IEnumerable<int> Of(DispatchCommand command, long blockBytes)
    {
        ImmutableArray<MemoryRange> chunks = command.WeightChunks;
        int left = command.Panels.Count;
        for (int first = 0; first < chunks.Length;)
        {
            int count = 1;
            while (first + count < chunks.Length && chunks[first].SharesBlock(chunks[first + count], blockBytes))
            {
                count++;
            }

            first += count;
            int panels = Math.Min(left, count * command.PanelsPerChunk);
            left -= panels;
            yield return panels;
        }

        if (chunks.IsEmpty)
        {
            yield return left;
        }
    }
}
