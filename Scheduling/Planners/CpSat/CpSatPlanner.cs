using System.Collections.Immutable;
using FlashMem.Scheduling.Planners.Relaxation;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners.CpSat;

/// <summary>
/// Chooses what stays resident with CP-SAT, in whole chunks, starting from the fast plan, and proves a bound. Whatever the solver answers,
/// the result is a plan no worse than the fast planner's: what was tried instead stands in the plan's notes.
/// </summary>
/// <param name="solver">Solves programs.</param>
/// <param name="options">Its limits.</param>
internal sealed class CpSatPlanner(IRetentionSolver solver, CpSatOptions options) : IPlanner
{
    /// <summary>Differences below this are rounding.</summary>
    private const double ToleranceMs = 1e-3;

    public CpSatPlanner()
        : this(new CpSatSolver(), new CpSatOptions())
    {
    }

    public string Name => "cpsat";

    public OverlapPlan Plan(PlanProblem problem)
    {
        LatencyBound bound = LatencyBound.Of(problem);
        return Plan(problem, bound, FastPlanner.Best(problem, bound));
    }

    /// <summary>Goes on from a fast plan.</summary>
    public OverlapPlan Plan(PlanProblem problem, LatencyBound bound, PlanCandidate fast)
    {
        if (problem.EverythingFits)
        {
            return PlanGoal.Assemble(problem, fast, bound.RunMs, "fast", ["cpsat: everything stays resident, nothing is left to choose"]);
        }

        var notes = ImmutableArray.CreateBuilder<string>();
        double provedMs = bound.RunMs;
        PlanCandidate best = fast;
        try
        {
            StreamModel model = StreamModel.Of(problem);
            double[] start = Kept(problem, fast);
            var program = new RetentionProgram(problem, model, keepsStepsWhole: true);
            SolverAnswer? answer = Solve(program, start, notes)
                ?? Solve(new RetentionProgram(problem, model, keepsStepsWhole: false), start, notes);
            if (answer is not null)
            {
                provedMs = Proved(provedMs, answer.BoundMs, fast.RunMs, notes);
                best = Refine(problem, fast, provedMs, program.ToBytes(answer.Kept, model.Steps));
            }
            else
            {
                notes.Add($"{OverlapPlan.Fallback}the fast planner's plan is used");
            }
        }
        catch (Exception cause) when (cause is DllNotFoundException or TypeInitializationException or BadImageFormatException
            or EntryPointNotFoundException or FileNotFoundException)
        {
            notes.Add($"{OverlapPlan.Fallback}cpsat cannot be loaded ({FirstSentence(cause)}); the fast planner's plan is used");
            return PlanGoal.Assemble(problem, fast, provedMs, "fast", notes.ToImmutable());
        }

        return PlanGoal.Assemble(problem, best, provedMs, Name, notes.ToImmutable());
    }

    /// <summary>What went wrong, without the folders that were searched: a plan names no machine.</summary>
    private static string FirstSentence(Exception cause) => cause.GetBaseException().Message.Split(". ")[0];

    /// <summary>The better of two bounds; one that a plan disproves counts for nothing.</summary>
    private static double Proved(double ownMs, double answeredMs, double planMs, ImmutableArray<string>.Builder notes)
    {
        if (answeredMs <= planMs + ToleranceMs)
        {
            return Math.Max(ownMs, Math.Min(answeredMs, planMs));
        }

        notes.Add(FormattableString.Invariant(
            $"{OverlapPlan.Fallback}cpsat answered a bound of {answeredMs:0.###} ms, which a plan of {planMs:0.###} ms disproves"));
        return ownMs;
    }

    /// <summary>The solver's answer to the problem itself; null when it has no solution.</summary>
    private SolverAnswer? Solve(RetentionProgram program, double[] start, ImmutableArray<string>.Builder notes)
    {
        SolverAnswer answer = solver.Solve(program, program.ToBlocks(start), options);
        string which = program.KeepsStepsWhole ? "" : " without the room of single steps";
        switch (answer.Status)
        {
            case SolverStatus.Optimal or SolverStatus.Feasible:
                string status = answer.Status.ToString().ToUpperInvariant();
                notes.Add(FormattableString.Invariant(
                    $"cpsat: {status}{which}, {program.Groups} groups, bound {answer.BoundMs:0.###} ms"));
                return answer;
            case SolverStatus.Infeasible:
                notes.Add($"{OverlapPlan.Fallback}cpsat answered INFEASIBLE{which}, which the fast planner's plan disproves");
                return null;
            default:
                notes.Add(FormattableString.Invariant(
                    $"{OverlapPlan.Fallback}cpsat found no solution{which} within {options.DeterministicSeconds} deterministic seconds"));
                return null;
        }
    }

    /// <summary>
    /// Places the answer as it is; then solves again for the room that placement leaves, a few times. Keeps what is better than the fast
    /// plan.
    /// </summary>
    private PlanCandidate Refine(PlanProblem problem, PlanCandidate fast, double provedMs, double[] answered)
    {
        int left = options.Refinements;
        double[]? Choose(StreamModel model)
        {
            if (left-- <= 0)
            {
                return null;
            }

            var program = new RetentionProgram(problem, model, keepsStepsWhole: false);
            SolverAnswer answer = solver.Solve(program, program.ToBlocks(answered), options);
            return answer.Kept.Length == 0 ? null : program.ToBytes(answer.Kept, model.Steps);
        }

        var search = new RetentionSearch(problem, Choose, looksAhead: false);
        return search.Improve(search.Improve(fast, answered), provedMs * (1 + options.RelativeGap));
    }

    private static double[] Kept(PlanProblem problem, PlanCandidate candidate)
    {
        var bytes = new double[problem.Steps.Length];
        foreach (PlacedLoad load in candidate.Schedule.Loads.Where(load => load.Retained))
        {
            ProblemChunk chunk = problem.Chunks[load.Demand.Chunk];
            bytes[chunk.FirstStep] += chunk.SlotBytes;
        }

        return bytes;
    }
}
