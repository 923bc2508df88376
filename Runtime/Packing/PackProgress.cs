namespace FlashMem.Runtime.Packing;

/// <summary>How far packing is. The first report comes before anything is written and announces the size.</summary>
/// <param name="BytesDone">Bytes of the weight file that are written.</param>
/// <param name="BytesTotal">Length of the finished weight file.</param>
/// <param name="Stage">What is going on, for example a weight's name.</param>
public readonly record struct PackProgress(long BytesDone, long BytesTotal, string Stage);
