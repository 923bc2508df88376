using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Panels;

/// <summary>
/// Panels of a dispatch that one launch can compute: their chunks lie in one block of one memory, either evenly spaced or at most
/// <see cref="MostBases"/> of them.
/// </summary>
/// <param name="Panels">Which panels.</param>
/// <param name="Start">Memory from which the chunks' texels are counted.</param>
/// <param name="PanelsPerChunk">Panels of a chunk.</param>
/// <param name="Stride">Texels from one chunk to the next; 0 when they are listed.</param>
/// <param name="Bases">Texels from <paramref name="Start"/> to every listed chunk as unsigned bits; all 0 for evenly spaced chunks.</param>
internal sealed record WeightRun(PanelRange Panels, MemoryRange Start, int PanelsPerChunk, int Stride, ImmutableArray<int> Bases)
{
    public const int MostBases = 16;

    /// <summary>The runs of a command's panels, in order.</summary>
    public static ImmutableArray<WeightRun> Of(DispatchCommand command, PanelLayout layout, ClTraits traits)
    {
        ImmutableArray<MemoryRange> chunks = command.WeightChunks;
        var runs = ImmutableArray.CreateBuilder<WeightRun>();
        int texelBytes = 4 * layout.Type.SizeInBytes();
        for (int first = 0; first < chunks.Length;)
        {
            int even = EvenlySpaced(chunks, first, texelBytes, traits);
            int listed = InOneBlock(chunks, first, traits);
            int count = Math.Max(even, listed);
            int start = command.Panels.Start + (first * command.PanelsPerChunk);
            int end = Math.Min(start + (count * command.PanelsPerChunk), command.Panels.End);
            var panels = new PanelRange(start, end - start);
            runs.Add(even >= listed
                ? Spaced(panels, chunks, first, even, command.PanelsPerChunk, texelBytes)
                : Listed(panels, chunks.AsSpan(first, listed), command.PanelsPerChunk, texelBytes));
            first += count;
        }

        return runs.ToImmutable();
    }

    /// <summary>The arguments for <c>WEIGHT_PARAMETERS</c> of weights.cl.</summary>
    public IEnumerable<ClArgument> Arguments() =>
    [
        ClArgument.Texels(Start),
        ClArgument.Int(Panels.Start),
        ClArgument.Int(Panels.Count),
        ClArgument.Int(PanelsPerChunk),
        ClArgument.Int(Stride),
        ClArgument.Int16([.. Bases]),
    ];

    private static WeightRun Spaced(
        PanelRange panels, ImmutableArray<MemoryRange> chunks, int first, int count, int panelsPerChunk, int texelBytes)
    {
        long stride = count > 1 ? (chunks[first + 1].Offset - chunks[first].Offset) / texelBytes : 0;
        return new WeightRun(panels, chunks[first], panelsPerChunk, (int)stride, [.. new int[MostBases]]);
    }

    private static WeightRun Listed(PanelRange panels, ReadOnlySpan<MemoryRange> chunks, int panelsPerChunk, int texelBytes)
    {
        MemoryRange lowest = chunks[0];
        foreach (MemoryRange chunk in chunks)
        {
            lowest = chunk.Offset < lowest.Offset ? chunk : lowest;
        }

        var bases = new int[MostBases];
        for (int i = 0; i < chunks.Length; i++)
        {
            bases[i] = unchecked((int)checked((uint)((chunks[i].Offset - lowest.Offset) / texelBytes)));
        }

        return new WeightRun(panels, lowest, panelsPerChunk, 0, [.. bases]);
    }

    private static int EvenlySpaced(ImmutableArray<MemoryRange> chunks, int first, int texelBytes, ClTraits traits)
    {
        int count = 1;
        while (first + count < chunks.Length && chunks[first].SharesBlock(chunks[first + count], traits.TextureBlockBytes))
        {
            long spacing = chunks[first + count].Offset - chunks[first + count - 1].Offset;
            bool fits = spacing % texelBytes == 0 && Math.Abs(spacing / texelBytes) <= int.MaxValue;
            if (!fits || (count > 1 && spacing != chunks[first + 1].Offset - chunks[first].Offset))
            {
                break;
            }

            count++;
        }

        return count;
    }

    private static int InOneBlock(ImmutableArray<MemoryRange> chunks, int first, ClTraits traits)
    {
        int count = 1;
        while (count < MostBases && first + count < chunks.Length && chunks[first].SharesBlock(chunks[first + count], traits.TextureBlockBytes))
        {
            count++;
        }

        return count;
    }
}
