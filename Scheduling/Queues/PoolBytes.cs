namespace FlashMem.Scheduling.Queues;

/// <summary>
/// The memory that the models of a queue share: one range per tier that is taken once and held to the queue's end. Each part is a multiple
/// of 4096 bytes.
/// </summary>
/// <param name="Unified">Arenas that storage reads into; on zero-copy devices parameters too, else the staging of rows.</param>
/// <param name="Texture">Texture arenas; 0 on zero-copy devices.</param>
/// <param name="Activation">Activations; with a texture tier also parameters and tables.</param>
/// <param name="Workspace">What the device holds by itself.</param>
/// <param name="Zone">
/// Size of each of two zones at the start of the unified pool on zero-copy devices, else of the activation pool. They hold parameters and
/// tables; visits take them in turn, so that a model can load its own while the one before it runs.
/// </param>
/// <param name="Rows">Staging of rows at the start of the unified pool; 0 on zero-copy devices.</param>
public readonly record struct PoolBytes(long Unified, long Texture, long Activation, long Workspace, long Zone, long Rows)
{
    public long Total => checked(Unified + Texture + Activation + Workspace);
}
