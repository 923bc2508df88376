namespace FlashMem.Backends.Host.Conv;

/// <summary>The window of one output pixel: which pixel it is and where its first corner lies in the spread-out input.</summary>
internal struct Window
{
    public long Image;
    public int Y;
    public int X;

    /// <summary>Element offset of the image's pixel (0, 0), channel 0.</summary>
    public long Offset;

    /// <summary>Spread-out row of the first corner; negative in the padding.</summary>
    public int Top;

    /// <summary>Spread-out column of the first corner; negative in the padding.</summary>
    public int Left;
}
