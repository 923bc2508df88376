using System.Globalization;
using Google.OrTools.Sat;

namespace FlashMem.Scheduling.Planners.CpSat;

/// <summary>
/// The program in CP-SAT. The only type that names the solver's package: its native library is loaded when <see cref="Solve"/> is first
/// called, and not before.
/// </summary>
internal sealed class CpSatSolver : IRetentionSolver
{
    public SolverAnswer Solve(RetentionProgram program, long[] hint, CpSatOptions options)
    {
        var model = new CpModel();
        IntVar[] kept = Kept(model, program);
        IntVar last = Times(model, program, kept);
        for (int i = 0; i < program.Groups; i++)
        {
            model.AddHint(kept[i], hint[i]);
        }

        model.Minimize(last);
        using var solver = new CpSolver
        {
            StringParameters = string.Create(
                CultureInfo.InvariantCulture,
                $"num_workers:1,random_seed:{options.Seed},max_deterministic_time:{options.DeterministicSeconds},"
                + $"relative_gap_limit:{options.RelativeGap},linearization_level:2"),
        };
        CpSolverStatus status = solver.Solve(model);
        double boundMs = RetentionProgram.Ms(solver.BestObjectiveBound);
        return status switch
        {
            CpSolverStatus.Optimal => new SolverAnswer(SolverStatus.Optimal, [.. kept.Select(solver.Value)], boundMs),
            CpSolverStatus.Feasible => new SolverAnswer(SolverStatus.Feasible, [.. kept.Select(solver.Value)], boundMs),
            CpSolverStatus.Infeasible => new SolverAnswer(SolverStatus.Infeasible, [], 0),
            _ => new SolverAnswer(SolverStatus.Unknown, [], Math.Max(0, boundMs)),
        };
    }

    /// <summary>Blocks that stay, by group: whole chunks of it, and all of them together no more than there is room for.</summary>
    private static IntVar[] Kept(CpModel model, RetentionProgram program)
    {
        var kept = new IntVar[program.Groups];
        for (int i = 0; i < program.Groups; i++)
        {
            kept[i] = model.NewIntVar(program.LeastBlocks[i], program.SlotBlocks[i], $"kept{i}");
            IntVar chunks = model.NewIntVar(0, program.Chunks[i], $"chunks{i}");
            model.Add(kept[i] <= chunks * program.LargestBlocks[i]);
        }

        LinearExpr all = LinearExpr.Sum(kept);
        model.Add(all <= program.MostBlocks);
        for (int i = 0; i < program.Groups && program.KeepsStepsWhole; i++)
        {
            model.Add(all - kept[i] <= program.RetainableBlocks - program.AloneBlocks[i]);
        }

        return kept;
    }

    /// <summary>Ends of the groups' steps; returns the end of the run.</summary>
    private static IntVar Times(CpModel model, RetentionProgram program, IntVar[] kept)
    {
        const long scale = RetentionProgram.Scale;
        long horizon = program.HorizonUnits;
        long blocks = program.SlotBlocks.Sum();
        IntVar window = model.NewIntVar(0, program.CapacityBlocks, "window");
        model.Add(window + LinearExpr.Sum(kept) == program.CapacityBlocks);
        IntVar? readBefore = null;
        IntVar? endBefore = null;
        IntVar? latest = null;
        for (int i = 0; i < program.Groups; i++)
        {
            // Blocks that have been read when the group's step starts.
            IntVar read = model.NewIntVar(-program.Groups - blocks, blocks, $"read{i}");
            LinearExpr until = readBefore is null ? LinearExpr.Constant(0) : readBefore;
            model.Add(read + kept[i] == until + program.ReadBlocks[i]);

            IntVar start = model.NewIntVar(0, horizon, $"start{i}");
            LinearExpr idle = endBefore is null ? LinearExpr.Constant(program.LeadUnits) : endBefore + program.GapUnits[i - 1];
            model.Add(start >= idle);
            model.Add((start * scale) + (scale - 1) >= read * program.ArrivalRate);
            if (latest is not null)
            {
                model.Add((start * scale) + (scale - 1) >= (latest * scale) + ((read - window) * program.ArrivalRate));
            }

            IntVar end = model.NewIntVar(0, horizon, $"end{i}");
            model.Add(((end - start) * scale) + (scale - 1)
                >= (program.ComputeUnits[i] * scale) + (program.ContentionRate * (program.ReadBlocks[i] - kept[i])));

            // What is read after a step can be no more than what was not held while it ran: the latest of all steps so far counts.
            IntVar next = model.NewIntVar(-horizon, horizon, $"latest{i}");
            model.Add((next * scale) + (scale - 1) >= (end * scale) - (until * program.ArrivalRate));
            if (program.GapUnits[i] > 0)
            {
                model.Add((next * scale) + (scale - 1) >= ((end + program.GapUnits[i]) * scale) - (read * program.ArrivalRate));
            }

            if (latest is not null)
            {
                model.Add(next >= latest);
            }

            (readBefore, endBefore, latest) = (read, end, next);
        }

        IntVar last = model.NewIntVar(0, horizon, "last");
        model.Add(last >= endBefore! + program.GapUnits[^1]);
        return last;
    }
}
