namespace FlashMem.Scheduling.Plans;

/// <summary>Bytes held per memory tier at one time.</summary>
/// <param name="Unified">
/// On zero-copy devices the parameters block and the slots of all chunks that are loading or resident; else the staging of rows and the
/// slots of chunks that are loading or not yet moved.
/// </param>
/// <param name="Texture">Chunks in texture memory; 0 on zero-copy devices.</param>
/// <param name="Activation">
/// Activation arena and device workspace; with a texture tier also the parameters block and large linear weights.
/// </param>
public readonly record struct TierBytes(long Unified, long Texture, long Activation)
{
    public long Total => Unified + Texture + Activation;
}
