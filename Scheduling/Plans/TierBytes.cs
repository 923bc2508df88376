namespace FlashMem.Scheduling.Plans;

/// <summary>Bytes held per memory tier at one time.</summary>
/// <param name="Unified">Parameters block and the slots of all chunks that are loading or resident.</param>
/// <param name="Texture">Chunks in texture memory; 0 on zero-copy devices.</param>
/// <param name="Activation">Activation arena and device workspace.</param>
public readonly record struct TierBytes(long Unified, long Texture, long Activation)
{
    public long Total => Unified + Texture + Activation;
}
