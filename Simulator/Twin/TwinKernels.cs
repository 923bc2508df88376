using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;

namespace FlashMem.Simulator.Twin;

/// <summary>
/// Times launches by what was measured: kernels of a known signature as they were, slices between the slices measured, other kernels by
/// <see cref="KernelRegression"/>. Not thread-safe.
/// </summary>
internal sealed class TwinKernels
{
    private readonly Dictionary<string, ImmutableArray<MeasuredKernel>> known;
    private readonly Dictionary<KernelDesc, string> signatures = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<OperatorClass, double> carriedSecondsPerByte;
    private readonly Lazy<KernelRegression> regression;

    /// <param name="device">Name of the device, for errors.</param>
    /// <param name="figures">What was measured.</param>
    /// <exception cref="UsageException">No kernel was measured, or a time or cost is negative or not finite.</exception>
    public TwinKernels(string device, TwinFigures figures)
    {
        if (figures.Kernels.IsEmpty)
        {
            throw new UsageException(
                $"{device}: the profile has no kernel times; name models that it shall measure: flashmem profile --model zoo:resnet50 ...");
        }

        Require(device, figures);
        known = figures.Kernels.GroupBy(kernel => kernel.Signature)
            .ToDictionary(group => group.Key, group => group.OrderBy(kernel => kernel.Panels).ToImmutableArray());
        carriedSecondsPerByte = figures.CarriedCosts.ToDictionary(cost => cost.Class, cost => cost.SecondsPerByte);
        regression = new Lazy<KernelRegression>(() => KernelRegression.Fit(figures.Kernels), LazyThreadSafetyMode.None);
    }

    /// <summary>Counts what <see cref="Time"/> was asked for.</summary>
    public KernelTimeSources Sources { get; } = new();

    /// <param name="kernel">The kernel in the device's own layout.</param>
    /// <param name="panels">Panels of its streamed weight that the launch computes; ignored without such a weight.</param>
    /// <param name="carriedBytes">Bytes that it moves beside its work.</param>
    public LaunchTime Time(KernelDesc kernel, int panels, long carriedBytes)
    {
        panels = PanelsOf(kernel, panels);
        LaunchTime time = Alone(kernel, panels);
        Sources.Add(SignatureOf(kernel), kernel.Family, panels, time);
        return carriedBytes == 0
            ? time
            : time with { Seconds = time.Seconds + (carriedBytes * carriedSecondsPerByte.GetValueOrDefault(kernel.Class)) };
    }

    /// <summary>
    /// Most bytes that a launch can move within a growth of its time from start to end; null for classes whose cost was not measured.
    /// </summary>
    /// <param name="kernel">As for <see cref="Time"/>.</param>
    /// <param name="panels">As for <see cref="Time"/>.</param>
    /// <param name="growth">As a fraction of the time.</param>
    public long? CapacityBytes(KernelDesc kernel, int panels, double growth)
    {
        if (!carriedSecondsPerByte.TryGetValue(kernel.Class, out double secondsPerByte))
        {
            return null;
        }

        double left = growth * Alone(kernel, PanelsOf(kernel, panels)).Seconds;
        return left > 0 ? (long)Math.Min(left / secondsPerByte, long.MaxValue / 2) : 0;
    }

    private static int PanelsOf(KernelDesc kernel, int panels) => kernel.Panels is null ? 0 : panels;

    private LaunchTime Alone(KernelDesc kernel, int panels)
    {
        (long flops, long bytes) = KernelWork.OfLaunch(kernel, panels);
        return known.TryGetValue(SignatureOf(kernel), out ImmutableArray<MeasuredKernel> measured)
            ? PanelTimes.At(measured, panels, bytes)
            : new LaunchTime(
                regression.Value.LaunchSeconds, regression.Value.Seconds(kernel.Family, flops, bytes), bytes, IsEstimate: true);
    }

    private string SignatureOf(KernelDesc kernel)
    {
        if (!signatures.TryGetValue(kernel, out string? signature))
        {
            signatures.Add(kernel, signature = KernelSignature.Of(kernel));
        }

        return signature;
    }

    private static void Require(string device, TwinFigures figures)
    {
        foreach (MeasuredKernel kernel in figures.Kernels)
        {
            if (!(kernel.Seconds >= 0 && kernel.LaunchSeconds >= 0) || !double.IsFinite(kernel.Seconds + kernel.LaunchSeconds))
            {
                throw new UsageException(
                    $"{device}: kernel '{kernel.Name}' takes {kernel.Seconds} s after {kernel.LaunchSeconds} s of launch in the profile; "
                    + "times must not be negative");
            }
        }

        foreach (CarriedCost cost in figures.CarriedCosts)
        {
            if (!(cost.SecondsPerByte >= 0 && double.IsFinite(cost.SecondsPerByte)))
            {
                throw new UsageException(
                    $"{device}: {cost.Class} kernels take {cost.SecondsPerByte} s longer per byte moved in the profile; "
                    + "costs must not be negative");
            }
        }
    }
}
