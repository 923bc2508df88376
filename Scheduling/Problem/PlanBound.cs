namespace FlashMem.Scheduling.Problem;

/// <summary>
/// Times that no schedule can beat on this device: what storage, transfers and compute need if each of them never waits. Milliseconds.
/// </summary>
/// <param name="StorageMs">Reading the bytes at the storage bandwidth.</param>
/// <param name="TransferMs">Moving them to the device's own memory; null on zero-copy devices.</param>
/// <param name="ComputeMs">Running every step at its roofline.</param>
public sealed record PlanBound(double StorageMs, double? TransferMs, double ComputeMs)
{
    /// <summary>The longest of the three.</summary>
    public double LowerBoundMs => Math.Max(Math.Max(StorageMs, ComputeMs), TransferMs ?? 0);

    /// <summary>A run that reads every chunk and the parameters once: the integrated latency's bound.</summary>
    public static PlanBound FirstRun(PlanProblem problem) => Of(problem, problem.StreamableBytes + problem.ParametersBytes);

    /// <summary>A repeated run of the best plan: it reads at least what the arena cannot keep.</summary>
    public static PlanBound RepeatedRun(PlanProblem problem) =>
        Of(problem, problem.EverythingFits ? 0 : Math.Max(0, problem.StreamableBytes - problem.RetainableBytes));

    private static PlanBound Of(PlanProblem problem, long readBytes)
    {
        long fetched = problem.Steps.Sum(step => step.FetchBytes);
        return new PlanBound(
            problem.Rates.StorageMs(checked(readBytes + fetched)),
            problem.ZeroCopy ? null : problem.Rates.TransferMs(checked(readBytes + fetched)),
            problem.Steps.Sum(step => step.ComputeMs));
    }
}
