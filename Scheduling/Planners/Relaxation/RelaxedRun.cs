namespace FlashMem.Scheduling.Planners.Relaxation;

/// <summary>
/// The shortest repeated run that the relaxed rules allow when given bytes of every step stay resident, and how it changes with them. Three
/// rules, each kept by every plan: steps follow each other; the bytes of steps up to u are read by the time u starts; and of the bytes of
/// steps s to u, no more than the room beside what stays can be held while s runs, so that the rest is read after s. Time is the longest
/// path over these rules, hence convex in the bytes that stay, and one critical path is a subgradient.
/// </summary>
internal sealed class RelaxedRun(StreamModel model)
{
    private const int FromStepBefore = -1;
    private const int FromRunStart = -2;

    private readonly double[] endMs = new double[model.Steps];
    private readonly double[] needed = new double[model.Steps + 1];

    // What a step's start waits for: the step before it, the bytes since the run's start, or those since a step (its index).
    private readonly int[] waits = new int[model.Steps];

    /// <summary>Milliseconds of the run; their slope by the retained bytes of each step goes to <paramref name="slope"/>.</summary>
    public double Evaluate(ReadOnlySpan<double> retained, Span<double> slope)
    {
        double window = model.Capacity;
        foreach (double bytes in retained)
        {
            window -= bytes;
        }

        double end = 0;
        double latest = double.NegativeInfinity;
        int latestStep = -1;
        for (int u = 0; u < model.Steps; u++)
        {
            needed[u + 1] = needed[u] + model.Bytes[u] - retained[u];
            double start = end;
            waits[u] = FromStepBefore;
            if (needed[u + 1] * model.ArrivalMs > start)
            {
                start = needed[u + 1] * model.ArrivalMs;
                waits[u] = FromRunStart;
            }

            double after = latest + ((needed[u + 1] - window) * model.ArrivalMs);
            if (after > start)
            {
                start = after;
                waits[u] = latestStep;
            }

            end = start + model.ComputeMs[u] + ((model.Bytes[u] - retained[u]) * model.ContentionMs);
            endMs[u] = end;
            double key = end - (needed[u] * model.ArrivalMs);
            if (key > latest)
            {
                latest = key;
                latestStep = u;
            }
        }

        Slope(slope);
        return end;
    }

    /// <summary>Walks the critical path back.</summary>
    private void Slope(Span<double> slope)
    {
        slope.Clear();
        double everywhere = 0;
        int u = model.Steps - 1;
        int before = 0;
        while (u >= 0)
        {
            // Slopes so far hold differences: what is added at a step holds for all steps before it, too.
            slope[u] -= model.ContentionMs;
            if (u > 0)
            {
                slope[u - 1] += model.ContentionMs;
            }

            switch (waits[u])
            {
                case FromStepBefore:
                    u--;
                    continue;
                case FromRunStart:
                    slope[u] -= model.ArrivalMs;
                    u = -1;
                    continue;
                default:
                    slope[u] -= model.ArrivalMs;
                    before = waits[u];
                    if (before > 0)
                    {
                        slope[before - 1] += model.ArrivalMs;
                    }

                    everywhere += model.ArrivalMs;
                    u = before;
                    continue;
            }
        }

        double sum = everywhere;
        for (int v = model.Steps - 1; v >= 0; v--)
        {
            sum += slope[v];
            slope[v] = sum;
        }
    }
}
