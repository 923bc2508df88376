namespace FlashMem.Runtime.Storage;

/// <summary>The part of a read that one thread performs.</summary>
/// <param name="Read">What it is part of.</param>
/// <param name="Offset">Its first byte within the read.</param>
/// <param name="Bytes">Its length.</param>
internal readonly record struct ReadSlice(PendingRead Read, int Offset, int Bytes);
