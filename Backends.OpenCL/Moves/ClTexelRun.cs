namespace FlashMem.Backends.OpenCL.Moves;

/// <summary>Texels that lie one after the other in source and target.</summary>
/// <param name="Source">First byte in the staging memory.</param>
/// <param name="Target">First byte in the texture memory.</param>
/// <param name="Texels">How many.</param>
internal readonly record struct ClTexelRun(long Source, long Target, long Texels);
