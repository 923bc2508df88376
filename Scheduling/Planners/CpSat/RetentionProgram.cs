using FlashMem.Scheduling.Planners.Relaxation;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners.CpSat;

/// <summary>
/// The choice of what stays in whole chunks, as an integer program: sizes in blocks of 4096 bytes, times in units of 100 ns, rates in
/// thousandths of a unit per block. Steps without chunks of their own are summed up. Every rounding is in the solution's favour, so that a
/// bound of the program is a bound of the problem.
/// </summary>
internal sealed class RetentionProgram
{
    /// <summary>Rates count thousandths of a time unit.</summary>
    public const long Scale = 1000;

    private const double UnitsPerMs = 1e4;

    /// <param name="problem">Chunks.</param>
    /// <param name="model">Rates and room.</param>
    /// <param name="keepsStepsWhole">Every step must fit beside what stays; left out to soften the program.</param>
    public RetentionProgram(PlanProblem problem, StreamModel model, bool keepsStepsWhole)
    {
        KeepsStepsWhole = keepsStepsWhole;
        Steps = [.. Enumerable.Range(0, model.Steps).Where(step => model.Slots[step] > 0)];
        var chunks = new long[model.Steps];
        var largest = new long[model.Steps];
        foreach (ProblemChunk chunk in problem.Chunks.Where(chunk => !chunk.Uses.IsEmpty))
        {
            chunks[chunk.FirstStep]++;
            largest[chunk.FirstStep] = Math.Max(largest[chunk.FirstStep], chunk.SlotBytes / Alignment.Block);
        }

        Chunks = [.. Steps.Select(step => chunks[step])];
        LargestBlocks = [.. Steps.Select(step => largest[step])];
        SlotBlocks = [.. Steps.Select(step => (long)(model.Slots[step] / Alignment.Block))];
        ReadBlocks = [.. Steps.Select(step => (long)(model.Bytes[step] / Alignment.Block))];
        AloneBlocks = [.. Steps.Select(step => (long)(model.Alone[step] / Alignment.Block))];
        LeastBlocks = [.. Steps.Select(step => (long)(model.LeastRetained[step] / Alignment.Block))];
        ComputeUnits = [.. Steps.Select(step => Units(model.ComputeMs[step]))];
        ArrivalRate = (long)(model.ArrivalMs * Alignment.Block * UnitsPerMs * Scale);
        ContentionRate = (long)(model.ContentionMs * Alignment.Block * UnitsPerMs * Scale);
        CapacityBlocks = (long)Math.Ceiling(model.Capacity / Alignment.Block);
        MostBlocks = (long)Math.Ceiling(model.MostRetained / Alignment.Block);
        RetainableBlocks = problem.RetainableBytes / Alignment.Block;
        LeadUnits = Units(Sum(model, 0, Steps[0]));
        GapUnits = [.. Steps.Select((step, i) => Units(Sum(model, step + 1, i + 1 < Steps.Length ? Steps[i + 1] : model.Steps)))];
    }

    /// <summary>Step of every group.</summary>
    public int[] Steps { get; }

    public long[] Chunks { get; }

    public long[] LargestBlocks { get; }

    public long[] SlotBlocks { get; }

    /// <summary>Blocks to read, at least.</summary>
    public long[] ReadBlocks { get; }

    /// <summary>Slots of chunks that only this step uses.</summary>
    public long[] AloneBlocks { get; }

    public long[] LeastBlocks { get; }

    public long[] ComputeUnits { get; }

    /// <summary>Time of the steps between a group and the next one, or the end.</summary>
    public long[] GapUnits { get; }

    /// <summary>Time of the steps before the first group.</summary>
    public long LeadUnits { get; }

    public long ArrivalRate { get; }

    public long ContentionRate { get; }

    public long CapacityBlocks { get; }

    public long MostBlocks { get; }

    public long RetainableBlocks { get; }

    public bool KeepsStepsWhole { get; }

    public int Groups => Steps.Length;

    /// <summary>An upper limit of every time: reading and computing one after the other, each block twice.</summary>
    public long HorizonUnits => LeadUnits + ComputeUnits.Sum() + GapUnits.Sum() + (4 * Groups)
        + ((((2 * ArrivalRate) + ContentionRate) * (SlotBlocks.Sum() + CapacityBlocks)) / Scale) + 1;

    public static double Ms(double units) => units / UnitsPerMs;

    /// <summary>Bytes by step from blocks by group.</summary>
    public double[] ToBytes(long[] blocks, int steps)
    {
        var bytes = new double[steps];
        for (int i = 0; i < Groups; i++)
        {
            bytes[Steps[i]] = blocks[i] * (double)Alignment.Block;
        }

        return bytes;
    }

    /// <summary>Blocks by group from bytes by step, rounded down and within what the group may keep.</summary>
    public long[] ToBlocks(double[] bytes) =>
        [.. Steps.Select((step, i) => Math.Clamp((long)(bytes[step] / Alignment.Block), LeastBlocks[i], SlotBlocks[i]))];

    private static long Units(double ms) => (long)(ms * UnitsPerMs);

    private static double Sum(StreamModel model, int from, int end)
    {
        double ms = 0;
        for (int step = from; step < end; step++)
        {
            ms += model.ComputeMs[step];
        }

        return ms;
    }
}
