using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Scheduling.Verification;

/// <summary>
/// Checks that a model's parts lie inside the pools and apart from each other, and that no chunk lies across two textures.
/// </summary>
internal static class PlacesCheck
{
    private const long Block = 4096;

    public static void Check(QueueVisit visit, PoolBytes pools, Action<string> add)
    {
        ModelPlaces places = visit.Places!;
        OverlapPlan plan = visit.Plan;
        PlanProblem problem = visit.Planned.Problem;
        (string Name, long Start, long Bytes) parameters = ("parameters", places.Parameters, plan.ParametersBytes);
        (string, long, long) chunks = ("unified arena", places.ChunkArena, plan.UnifiedArenaBytes);
        (string, long, long) activations = ("activations", places.Activations, plan.ActivationBytes);
        if (problem.ZeroCopy)
        {
            Apart("unified", pools.Unified, [parameters, chunks], add);
            Apart("activation", pools.Activation, [activations], add);
        }
        else
        {
            Apart("unified", pools.Unified, [("row staging", places.Rows, plan.RowStagingBytes), chunks], add);
            Apart("texture", pools.Texture, [("texture arena", places.TextureArena, plan.TextureArenaBytes)], add);
            Apart("activation", pools.Activation, [parameters, ("tables", places.TableArena, plan.TableArenaBytes), activations], add);
            CheckBlocks(plan, problem, places.TextureArena, add);
        }

        if (plan.WorkspaceBytes > pools.Workspace)
        {
            add($"needs {plan.WorkspaceBytes} bytes of workspace of {pools.Workspace}");
        }
    }

    private static void Apart(string pool, long bytes, (string Name, long Start, long Bytes)[] parts, Action<string> add)
    {
        long end = 0;
        string before = "the start";
        foreach ((string name, long start, long size) in parts.Where(part => part.Bytes > 0).OrderBy(part => part.Start))
        {
            if (start < end || start % Block != 0 || start + size > bytes)
            {
                add($"has its {name} at {start}+{size} of the {pool} pool of {bytes} bytes, after {before}, which ends at {end}");
            }

            (end, before) = (start + size, name);
        }
    }

    private static void CheckBlocks(OverlapPlan plan, PlanProblem problem, long arena, Action<string> add)
    {
        long block = problem.TextureBlockBytes;
        foreach (ChunkMove move in plan.Steps.SelectMany(step => step.Moves))
        {
            long start = arena + move.Offset;
            for (int chunk = move.FirstChunk; chunk < move.FirstChunk + move.Count; chunk++)
            {
                long bytes = problem.Chunks[chunk].SlotBytes;
                if (!problem.Chunks[chunk].IsTable && start / block != (start + bytes - 1) / block)
                {
                    add($"moves chunk {chunk} to {start}+{bytes} of the texture pool, across two textures of {block} bytes");
                }

                start += bytes;
            }
        }
    }
}
