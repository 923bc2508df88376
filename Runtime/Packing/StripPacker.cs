using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Packing;

/// <summary>Reads, converts and places the elements of strips of one weight.</summary>
internal sealed unsafe class StripPacker(PackSource source, ElementType type, ValueRule rule, nint target)
{
    /// <summary>Tiles by which the disk is told ahead what will be read.</summary>
    private const int TilesAhead = 12;

    private readonly int sourceBytes = source.Type.SizeInBytes();
    private readonly int targetBytes = type.SizeInBytes();

    public void Run(StripShape shape, PackWorkers workers, CancellationToken cancellationToken)
    {
        List<Tile> tiles = TileSplitter.Split(shape, Math.Max(sourceBytes, targetBytes));
        workers.Run(tiles.Count, Piece, cancellationToken);

        void Piece(int index, PackScratch scratch)
        {
            if (index + TilesAhead < tiles.Count)
            {
                Tile ahead = tiles[index + TilesAhead];
                source.Prefetch(ahead.SourceStart * sourceBytes, (long)ahead.SourceCount * sourceBytes);
            }

            Pack(shape, tiles[index], scratch);
        }
    }

    private void Pack(StripShape shape, Tile tile, PackScratch scratch)
    {
        Span<byte> raw = scratch.Raw.Slice(0, tile.SourceCount * sourceBytes);
        source.Read(tile.SourceStart * sourceBytes, raw);
        Span<byte> converted = scratch.Converted.Slice(0, tile.SourceCount * targetBytes);
        if (ElementConversion.Convert(source.Type, raw, type, converted))
        {
            ThrowIfUnfit(shape, tile, raw);
        }

        nint values = scratch.Converted.Address;
        if (targetBytes == sizeof(ushort))
        {
            TileScatter.Run(shape, tile, (ushort*)values, (ushort*)target);
        }
        else
        {
            TileScatter.Run(shape, tile, (uint*)values, (uint*)target);
        }
    }

    /// <summary>Looks at every element that is wanted; those in gaps between them may be anything.</summary>
    private void ThrowIfUnfit(StripShape shape, Tile tile, ReadOnlySpan<byte> raw)
    {
        for (int row = tile.FirstRow; row < tile.FirstRow + tile.Rows; row++)
        {
            foreach (long column in shape.ColumnOffsets.AsSpan(tile.FirstColumn, tile.Columns))
            {
                if (column != StripShape.Padding)
                {
                    long element = shape.RowOffsets[row] + column;
                    ThrowIfUnfit(element, ElementConversion.ValueAt(source.Type, raw, (int)(element - tile.SourceStart)));
                }
            }
        }
    }

    private void ThrowIfUnfit(long element, double value)
    {
        bool isNumber = rule == ValueRule.NotNaN ? !double.IsNaN(value) : double.IsFinite(value);
        if (!isNumber)
        {
            throw new ModelException($"weight '{source.Name}': element {element} is {value}");
        }

        string text = type == ElementType.Int32 ? $"{value:F0}" : $"{value:G7}";
        (bool fits, string range) = type switch
        {
            ElementType.Float16 => (Half.IsFinite((Half)value), "fp16, which ends at 65504 (fp32 weights would hold it)"),
            ElementType.Float32 => (float.IsFinite((float)value) || double.IsInfinity(value), "fp32"),
            _ => (value is >= int.MinValue and <= int.MaxValue, "int32"),
        };
        if (!fits)
        {
            throw new ModelException($"weight '{source.Name}': element {element} is {text}, beyond {range}");
        }
    }
}
