using FlashMem.Abstractions.Errors;

namespace FlashMem.Simulator.Frameworks;

/// <summary>
/// The first inference of a framework that preloads, as a sequence of stages: initialise, load, transform, tune, run. Memory rises linearly
/// with what a stage brings: the unified copy while loading, the texture copy while transforming, as the unified one goes.
/// </summary>
/// <param name="LoadMs">File to unified memory.</param>
/// <param name="TransformMs">Unified to texture memory.</param>
/// <param name="TuningMs">Choosing kernels.</param>
/// <param name="RunMs">The inference itself.</param>
/// <param name="IntegratedMs">All stages, initialisation included: what the paper calls integrated latency.</param>
/// <param name="PeakBytes">Most at one time, process included.</param>
/// <param name="MeanBytes">Mean over the integrated latency.</param>
public sealed record PreloadReplay(
    double LoadMs, double TransformMs, double TuningMs, double RunMs, double IntegratedMs, double PeakBytes, double MeanBytes)
{
    /// <param name="framework">One that preloads.</param>
    /// <param name="weightBytes">Weights in the precision that it runs.</param>
    /// <param name="activationBytes">Activations of our plan; the framework holds its share of them from the first tuning run on.</param>
    /// <param name="kernelsMs">One inference of our kernels with everything resident on the same device.</param>
    public static PreloadReplay Of(FrameworkSpec framework, long weightBytes, long activationBytes, double kernelsMs)
    {
        ArgumentNullException.ThrowIfNull(framework);
        PreloadStages stages = framework.Preload
            ?? throw new UsageException($"framework '{framework.Name}' streams by a plan; it has no preloading stages");
        double process = framework.ProcessBytes.Value;
        double loadMs = weightBytes / stages.LoadBandwidth.Value * 1e3;
        double transformMs = weightBytes / stages.TransformBandwidth.Value * 1e3;
        double runMs = kernelsMs * stages.KernelFactor.Value;
        double tuningMs = kernelsMs * stages.TuningRuns.Value;
        double initMs = stages.Initialization.Value * 1e3;
        double kept = stages.UnifiedKept.Value;

        double loading = weightBytes / 2.0;
        double transforming = weightBytes * (1 + (kept / 2));
        double running = weightBytes + (activationBytes * framework.ActivationShare.Value);
        double totalMs = initMs + loadMs + transformMs + tuningMs + runMs;
        double mean = process
            + (((loading * loadMs) + (transforming * transformMs) + (running * (tuningMs + runMs))) / totalMs);
        double peak = process + Math.Max(weightBytes * (1 + kept), running);
        return new PreloadReplay(loadMs, transformMs, tuningMs, runMs, totalMs, peak, mean);
    }
}
