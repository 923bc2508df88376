namespace FlashMem.Runtime.Storage;

/// <summary>What a read of a file did.</summary>
/// <param name="Bytes">Bytes in place from the start of the target; less than asked for only at the end of the file.</param>
/// <param name="CachedBytes">Of these, bytes that were in the operating system's page cache.</param>
/// <param name="DirectBytes">Of these, bytes that came from the disk without passing the page cache.</param>
public readonly record struct ReadOutcome(int Bytes, int CachedBytes, int DirectBytes);
