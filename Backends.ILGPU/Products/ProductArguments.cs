namespace FlashMem.Backends.ILGPU.Products;

/// <summary>What matrix products take. Launches compute whole columns; those of a weight are counted from the launch's first panel.</summary>
internal struct ProductArguments
{
    /// <summary>Columns of a weight panel.</summary>
    public const int PanelWidth = 32;

    /// <summary>Where the kernel's table begins.</summary>
    public int Header;

    /// <summary>Independent products.</summary>
    public int Batches;

    /// <summary>Rows of the left-hand side; for convolutions the output pixels of all images.</summary>
    public int Rows;

    /// <summary>Steps of the reduction.</summary>
    public int Depth;

    /// <summary>Columns that this launch computes, padded ones included.</summary>
    public int LaunchColumns;

    /// <summary>Columns of the output.</summary>
    public int Columns;

    /// <summary>Output pixels of an image, which lie behind the columns in the output's axes; 1 for plain products.</summary>
    public int Pixels;

    /// <summary>1 when eight steps of the reduction lie side by side on a 16-byte boundary of the left-hand side.</summary>
    public int WideLeft;

    /// <summary>First panel of the launch, counted over all groups.</summary>
    public int FirstPanel;

    /// <summary>Panels of the launch.</summary>
    public int PanelCount;

    /// <summary>Panels of a group.</summary>
    public int PanelsPerGroup;

    /// <summary>Columns of a group.</summary>
    public int GroupColumns;

    /// <summary>Panels of a chunk.</summary>
    public int PanelsPerChunk;

    /// <summary>Where the first chunk begins in the weight's memory, in units of 16 bytes.</summary>
    public int FirstBlock;

    /// <summary>From one chunk to the next, in units of 16 bytes; may be negative.</summary>
    public int ChunkBlocks;

    /// <summary>Size of a panel in units of 16 bytes.</summary>
    public int PanelBlocks;
}
