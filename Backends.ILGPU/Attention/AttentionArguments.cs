namespace FlashMem.Backends.ILGPU.Attention;

/// <summary>What attention takes.</summary>
internal struct AttentionArguments
{
    /// <summary>Where the kernel's table begins.</summary>
    public int Header;

    /// <summary>Batches times heads.</summary>
    public int Heads;

    /// <summary>Queries of a head.</summary>
    public int Queries;

    /// <summary>Keys of a head.</summary>
    public int Keys;

    /// <summary>Elements of a query and of a key.</summary>
    public int Depth;

    /// <summary>Elements of a value.</summary>
    public int ValueDepth;

    /// <summary>1 when input 3 is an additive mask.</summary>
    public int HasMask;

    public float Scale;

    /// <summary>1 when positions and elements of all three inputs are evenly spaced: then the steps below hold, else the table's walks.</summary>
    public int EvenlySpaced;

    /// <summary>From a query to the next.</summary>
    public int QueryRowStep;

    /// <summary>From an element of a query to the next.</summary>
    public int QueryStep;

    /// <summary>From a key to the next.</summary>
    public int KeyRowStep;

    /// <summary>From an element of a key to the next.</summary>
    public int KeyStep;

    /// <summary>From a value to the next.</summary>
    public int ValueRowStep;

    /// <summary>From an element of a value to the next.</summary>
    public int ValueStep;
}
