namespace FlashMem.Scheduling.Queues;

/// <summary>
/// The memory that the models of a queue share: one range per tier that is taken once and held to the queue's end. Each part is a multiple of
/// 4096 bytes.
/// </summary>
/// <param name="Unified">Arenas that storage reads into; on zero-copy devices parameters too, else the staging of rows.</param>
/// <param name="Texture">Texture arenas; 0 on zero-copy devices.</param>
/// <param name="Activation">Activations; with a texture tier also parameters and tables.</param>
/// <param name="Workspace">What the device holds by itself.</param>
public readonly record struct PoolBytes(long Unified, long Texture, long Activation, long Workspace)
{
    public long Total => checked(Unified + Texture + Activation + Workspace);
}
