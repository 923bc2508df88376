using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Queues;

/// <summary>
/// Where a model's memory lies in the pools of a queue: first bytes, multiples of 4096. Models lie at alternate ends, so that what the next
/// one needs first (parameters and tables, which are outermost) is seldom where the one before it still works.
/// </summary>
public sealed record ModelPlaces
{
    /// <summary>It lies at the end of every pool, not at the start.</summary>
    public required bool AtTop { get; init; }

    /// <summary>The unified arena, in the unified pool.</summary>
    public required long ChunkArena { get; init; }

    /// <summary>The staging of rows, in the unified pool.</summary>
    public required long Rows { get; init; }

    /// <summary>The texture arena, in the texture pool.</summary>
    public required long TextureArena { get; init; }

    /// <summary>The parameters block: in the unified pool on zero-copy devices, else in the activation pool.</summary>
    public required long Parameters { get; init; }

    /// <summary>The table arena, in the activation pool.</summary>
    public required long TableArena { get; init; }

    /// <summary>The activation arena, in the activation pool.</summary>
    public required long Activations { get; init; }

    /// <param name="plan">The model's plan, which fits the pools.</param>
    /// <param name="zeroCopy">Kernels read chunks where storage put them.</param>
    /// <param name="pools">Sizes of the pools.</param>
    /// <param name="textureBlockBytes">No chunk may lie across a multiple of this in the texture pool.</param>
    /// <param name="atTop">At which end.</param>
    public static ModelPlaces Of(OverlapPlan plan, bool zeroCopy, PoolBytes pools, long textureBlockBytes, bool atTop)
    {
        var unified = new PoolEnd(pools.Unified, atTop);
        var activation = new PoolEnd(pools.Activation, atTop);
        PoolEnd parameters = zeroCopy ? unified : activation;
        long texture = new PoolEnd(pools.Texture, atTop).Take(plan.TextureArenaBytes);
        return new ModelPlaces
        {
            AtTop = atTop,
            Parameters = parameters.Take(plan.ParametersBytes),
            TableArena = activation.Take(plan.TableArenaBytes),
            Rows = unified.Take(plan.RowStagingBytes),
            ChunkArena = unified.Take(plan.UnifiedArenaBytes),

            // Blocks of the arena are blocks of the pool, unless there is one only.
            TextureArena = pools.Texture <= textureBlockBytes ? texture : Alignment.Down(texture, textureBlockBytes),
            Activations = activation.Take(plan.ActivationBytes),
        };
    }

    /// <summary>Gives out ranges of a pool from one end on.</summary>
    private sealed class PoolEnd(long bytes, bool atTop)
    {
        private long taken;

        public long Take(long part)
        {
            taken += part;
            return atTop ? bytes - taken : taken - part;
        }
    }
}
