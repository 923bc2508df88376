namespace FlashMem.Scheduling.Planners.Relaxation;

/// <summary>
/// Minimises <see cref="RelaxedRun"/> over what may stay resident, by subgradient steps, and proves how far it got: the mean of the linear
/// functions met on the way lies below the run's time everywhere, so its minimum over all that may stay (a fractional knapsack) is a lower
/// bound for every plan. Work is bounded by a number of steps, not by a clock, so that equal problems get equal answers.
/// </summary>
/// <param name="model">The relaxed problem.</param>
/// <param name="mostSteps">Steps after which it ends without a proof.</param>
internal sealed class RetentionDescent(StreamModel model, int mostSteps = RetentionDescent.StepsForProof)
{
    /// <summary>Enough for a proof within a quarter of a percent on every model of the zoo.</summary>
    public const int StepsForProof = 1500;

    /// <summary>A proof this close ends the descent.</summary>
    private const double CloseEnough = 5e-4;

    /// <summary>Steps between two attempts at a better bound.</summary>
    private const int BoundEvery = 25;

    /// <summary>Steps without <see cref="Progress"/> after which a descent that need not prove anything ends.</summary>
    private const int Patience = 80;

    private const double Progress = 1e-4;

    private const int Halvings = 40;

    private readonly int patience = mostSteps < StepsForProof ? Patience : StepsForProof;
    private readonly int[] groups = [.. Enumerable.Range(0, model.Steps).Where(step => model.Slots[step] > 0)];
    private readonly double[] mean = new double[model.Steps];

    // Groups by their slope, the steepest first.
    private readonly int[] bySlope = new int[model.Steps];
    private readonly double[] slopes = new double[model.Steps];
    private double meanMs;
    private double meanWeight;

    /// <summary>Bytes of every step to keep.</summary>
    public double[] Best { get; } = new double[model.Steps];

    /// <summary>Relaxed time of a run that keeps <see cref="Best"/>.</summary>
    public double BestMs { get; private set; } = double.PositiveInfinity;

    /// <summary>No plan's repeated run is shorter.</summary>
    public double BoundMs { get; private set; }

    public RetentionDescent Run()
    {
        var run = new RelaxedRun(model);
        var retained = new double[model.Steps];
        var slope = new double[model.Steps];
        double share = Math.Min(1, model.MostRetained / Math.Max(1, model.Slots.Sum()));
        foreach (int group in groups)
        {
            retained[group] = Math.Max(model.LeastRetained[group], model.Slots[group] * share);
        }

        Project(retained);
        int improved = 0;
        for (int step = 0; step < mostSteps; step++)
        {
            double ms = run.Evaluate(retained, slope);
            if (ms < BestMs)
            {
                improved = ms < BestMs * (1 - Progress) ? step : improved;
                BestMs = ms;
                retained.CopyTo(Best, 0);
            }

            double norm = Learn(ms, retained, slope, out double boundMs);
            BoundMs = Math.Max(BoundMs, boundMs);
            if (step % BoundEvery == BoundEvery - 1)
            {
                BoundMs = Math.Max(BoundMs, Least(meanMs / meanWeight, mean, 1 / meanWeight));
            }

            if (BestMs - BoundMs <= CloseEnough * BestMs || norm <= 0 || step - improved > patience)
            {
                break;
            }

            double length = Math.Max(ms - BoundMs, BestMs * 1e-4) / norm * (step < mostSteps / 2 ? 1 : 0.5);
            foreach (int group in groups)
            {
                retained[group] -= length * slope[group] * model.Slots[group];
            }

            Project(retained);
        }

        return this;
    }

    /// <summary>A linear function of the bytes kept that lies below the run's time everywhere, close to it near <see cref="Best"/>.</summary>
    public (double ConstantMs, double[] Slope) LinearBelow() =>
        (meanMs / meanWeight, [.. mean.Select(slope => slope / meanWeight)]);

    /// <summary>Adds the linear function at a point to the mean; returns the slope's squared length, every byte counting alike.</summary>
    private double Learn(double ms, double[] retained, double[] slope, out double boundMs)
    {
        double constant = ms;
        double norm = 0;
        foreach (int group in groups)
        {
            constant -= slope[group] * retained[group];
            norm += slope[group] * slope[group] * model.Slots[group];
        }

        boundMs = Least(constant, slope, 1);

        // Old functions fade: those near the minimum prove more than those of the way there.
        double weight = norm > 0 ? Math.Max(ms - BoundMs, ms * 1e-4) / norm : 1;
        const double fade = 0.995;
        meanMs = (meanMs * fade) + (constant * weight);
        meanWeight = (meanWeight * fade) + weight;
        foreach (int group in groups)
        {
            mean[group] = (mean[group] * fade) + (slope[group] * weight);
        }

        return norm;
    }

    /// <summary>The least value of a linear function over all that may stay: the steepest bytes first.</summary>
    private double Least(double constant, double[] slope, double scale)
    {
        double left = model.MostRetained;
        double least = constant;
        foreach (int group in groups)
        {
            least += slope[group] * scale * model.LeastRetained[group];
            left -= model.LeastRetained[group];
        }

        int falling = 0;
        foreach (int group in groups)
        {
            if (slope[group] < 0)
            {
                slopes[falling] = slope[group];
                bySlope[falling++] = group;
            }
        }

        Array.Sort(slopes, bySlope, 0, falling);
        foreach (int group in bySlope.AsSpan(0, falling))
        {
            if (left <= 0)
            {
                break;
            }

            double bytes = Math.Min(left, model.Slots[group] - model.LeastRetained[group]);
            least += slope[group] * scale * bytes;
            left -= bytes;
        }

        return least;
    }

    /// <summary>To the nearest point that may stay, every byte counting alike.</summary>
    private void Project(double[] retained)
    {
        double low = 0;
        double high = 0;
        foreach (int group in groups)
        {
            high = Math.Max(high, retained[group] / model.Slots[group]);
        }

        if (Clipped(retained, 0) > model.MostRetained)
        {
            for (int i = 0; i < Halvings; i++)
            {
                double middle = (low + high) / 2;
                (low, high) = Clipped(retained, middle) > model.MostRetained ? (middle, high) : (low, middle);
            }
        }
        else
        {
            high = 0;
        }

        foreach (int group in groups)
        {
            retained[group] = Clip(group, retained[group] - (high * model.Slots[group]));
        }
    }

    private double Clipped(double[] retained, double shift)
    {
        double sum = 0;
        foreach (int group in groups)
        {
            sum += Clip(group, retained[group] - (shift * model.Slots[group]));
        }

        return sum;
    }

    private double Clip(int group, double bytes) => Math.Clamp(bytes, model.LeastRetained[group], model.Slots[group]);
}
