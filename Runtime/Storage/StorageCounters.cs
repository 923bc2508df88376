namespace FlashMem.Runtime.Storage;

/// <summary>What a storage has read since it was opened.</summary>
/// <param name="Reads">Completed reads.</param>
/// <param name="Bytes">Payload bytes of these.</param>
/// <param name="CachedBytes">Bytes that were already in the operating system's page cache.</param>
/// <param name="DirectBytes">Bytes that came past the page cache; the rest was read through it.</param>
public readonly record struct StorageCounters(long Reads, long Bytes, long CachedBytes, long DirectBytes);
