namespace FlashMem.Graph.Import.Wire;

/// <summary>A range of bytes in the model file.</summary>
internal readonly record struct FileRange(long Offset, long Length)
{
    public long End => Offset + Length;
}
