namespace FlashMem.Runtime.Packing;

/// <summary>A model file that weights were packed from, as it was then.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Bytes">Length.</param>
/// <param name="ModifiedNanoseconds">Time of the last write, nanoseconds since 1970 (UTC).</param>
public sealed record SourceIdentity(string Path, long Bytes, long ModifiedNanoseconds);
