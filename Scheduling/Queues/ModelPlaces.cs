using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Queues;

/// <summary>Where a model's memory lies in the pools of a queue: first bytes, multiples of 4096.</summary>
public sealed record ModelPlaces
{
    /// <summary>Which of the two zones its parameters and tables lie in: 0 or 1.</summary>
    public required int Zone { get; init; }

    /// <summary>The unified arena, in the unified pool.</summary>
    public required long ChunkArena { get; init; }

    /// <summary>The staging of rows, in the unified pool.</summary>
    public required long Rows { get; init; }

    /// <summary>The texture arena, in the texture pool.</summary>
    public required long TextureArena { get; init; }

    /// <summary>The parameters block, in a zone.</summary>
    public required long Parameters { get; init; }

    /// <summary>The table arena, in a zone.</summary>
    public required long TableArena { get; init; }

    /// <summary>The activation arena, in the activation pool.</summary>
    public required long Activations { get; init; }

    /// <param name="plan">The model's plan, which fits the pools.</param>
    /// <param name="zeroCopy">Kernels read chunks where storage put them.</param>
    /// <param name="pools">Sizes of the pools.</param>
    /// <param name="zone">0 or 1.</param>
    /// <param name="arena">
    /// First byte of the arena that kernels read: of the texture arena in its pool, on zero-copy devices of the unified arena behind the
    /// zones.
    /// </param>
    public static ModelPlaces Of(OverlapPlan plan, bool zeroCopy, PoolBytes pools, int zone, long arena) => new()
    {
        Zone = zone,
        Parameters = zone * pools.Zone,
        TableArena = (zone * pools.Zone) + (zeroCopy ? 0 : plan.ParametersBytes),
        Rows = 0,
        ChunkArena = zeroCopy ? (2 * pools.Zone) + arena : pools.Rows,
        TextureArena = zeroCopy ? 0 : arena,
        Activations = zeroCopy ? 0 : 2 * pools.Zone,
    };
}
