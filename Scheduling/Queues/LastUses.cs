using System.Collections.Immutable;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Queues;

/// <summary>
/// Until when the last run of a model uses each block of the pools: how many of its steps must be complete before the block may be
/// overwritten. 0 for what it does not use, <see cref="Never"/> for what is needed until its outputs are read. Staging that the copy queue
/// empties counts as unused, because what is loaded ahead is issued behind all these copies and waits for them.
/// </summary>
internal sealed class LastUses
{
    private readonly int[] unified;
    private readonly int[] texture;
    private readonly int[] activation;

    private LastUses(PoolBytes pools)
    {
        unified = new int[pools.Unified / Alignment.Block];
        texture = new int[pools.Texture / Alignment.Block];
        activation = new int[pools.Activation / Alignment.Block];
    }

    /// <summary>Gate of what is not free before the run's outputs have been read.</summary>
    public const int Never = int.MaxValue;

    public int Unified(long offset, long bytes) => Latest(unified, offset, bytes);

    public int Texture(long offset, long bytes) => Latest(texture, offset, bytes);

    public int Activation(long offset, long bytes) => Latest(activation, offset, bytes);

    public static LastUses Of(QueuedPlan queued, ModelPlaces places, PoolBytes pools)
    {
        (PlanProblem problem, OverlapPlan plan) = queued;
        var uses = new LastUses(pools);
        Mark(problem.ZeroCopy ? uses.unified : uses.activation, places.Parameters, plan.ParametersBytes, Never);
        Mark(uses.activation, places.Activations, plan.ActivationBytes, Never);
        Mark(uses.unified, places.Rows, plan.RowStagingBytes, Never);
        var offsets = new long[problem.Chunks.Length];
        foreach (ChunkLoad load in plan.Preloaded)
        {
            offsets[load.Chunk] = load.Offset;
        }

        void Release(int chunk, int step)
        {
            ProblemChunk freed = problem.Chunks[chunk];
            (int[] pool, long start) = problem.ZeroCopy ? (uses.unified, places.ChunkArena)
                : freed.IsTable ? (uses.activation, places.TableArena) : (uses.texture, places.TextureArena);
            Mark(pool, start + offsets[chunk], freed.SlotBytes, step + 1);
        }

        for (int t = 0; t < plan.Steps.Length; t++)
        {
            foreach (ChunkLoad load in problem.ZeroCopy ? plan.Steps[t].Loads : [])
            {
                offsets[load.Chunk] = load.Offset;
            }

            foreach (ChunkMove move in plan.Steps[t].Moves)
            {
                long offset = move.Offset;
                for (int chunk = move.FirstChunk; chunk < move.FirstChunk + move.Count; chunk++)
                {
                    offsets[chunk] = offset;
                    offset += problem.Chunks[chunk].SlotBytes;
                }

                if (move.Mode == MoveMode.InKernel)
                {
                    Mark(uses.unified, places.ChunkArena, plan.UnifiedArenaBytes, t + 1);
                }
            }

            foreach (int chunk in plan.Steps[t].Releases)
            {
                Release(chunk, t);
            }
        }

        foreach (int chunk in plan.Retained)
        {
            Release(chunk, problem.Chunks[chunk].LastStep);
        }

        return uses;
    }

    /// <summary>
    /// The same of the arena that kernels read, as a placer wants it: from which step on ranges are free, the steps of this run counting up
    /// to -1. What is never free is so from step 0 on.
    /// </summary>
    /// <param name="zeroCopy">Of the unified pool, else of the texture pool.</param>
    /// <param name="offset">First byte of the arena in its pool.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="steps">Steps of the run.</param>
    public ArenaHead Head(bool zeroCopy, long offset, long bytes, int steps)
    {
        var segments = ImmutableArray.CreateBuilder<(long, int)>();
        Span<int> blocks = Blocks(zeroCopy ? unified : texture, offset, bytes);
        for (int i = 0; i < blocks.Length; i++)
        {
            if (i == 0 || blocks[i] != blocks[i - 1])
            {
                segments.Add((i * Alignment.Block, blocks[i] == Never ? 0 : blocks[i] - steps - 1));
            }
        }

        return new ArenaHead(-steps - 1, bytes, segments.ToImmutable());
    }

    private static void Mark(int[] pool, long offset, long bytes, int steps)
    {
        foreach (ref int block in Blocks(pool, offset, bytes))
        {
            block = Math.Max(block, steps);
        }
    }

    private static int Latest(int[] pool, long offset, long bytes)
    {
        int latest = 0;
        foreach (int block in Blocks(pool, offset, bytes))
        {
            latest = Math.Max(latest, block);
        }

        return latest;
    }

    private static Span<int> Blocks(int[] pool, long offset, long bytes) =>
        pool.AsSpan((int)(offset / Alignment.Block), (int)(bytes / Alignment.Block));
}
