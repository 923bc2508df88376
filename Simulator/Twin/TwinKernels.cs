using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Simulator.Device;

namespace FlashMem.Simulator.Twin;

/// <summary>
/// Times launches by what was measured: kernels of a known signature as they were, slices between the slices measured, other kernels by
/// <see cref="KernelRegression"/>. Not thread-safe.
/// </summary>
internal sealed class TwinKernels
{
    private readonly Dictionary<string, ImmutableArray<MeasuredKernel>> known;
    private readonly Dictionary<SimulatedKernel, string> signatures = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<OperatorClass, double> carriedSecondsPerByte;
    private readonly KernelRegression regression;

    /// <exception cref="UsageException">No kernel was measured.</exception>
    public TwinKernels(string device, TwinFigures figures)
    {
        if (figures.Kernels.IsEmpty)
        {
            throw new UsageException(
                $"{device}: the profile has no kernel times; name models that it shall measure: flashmem profile --model zoo:resnet50 ...");
        }

        known = figures.Kernels.GroupBy(kernel => kernel.Signature)
            .ToDictionary(group => group.Key, group => group.OrderBy(kernel => kernel.Panels).ToImmutableArray());
        carriedSecondsPerByte = figures.CarriedCosts.ToDictionary(cost => cost.Class, cost => cost.SecondsPerByte);
        regression = KernelRegression.Fit(figures.Kernels);
    }

    public KernelTimeSources Sources { get; } = new();

    /// <param name="kernel">The kernel.</param>
    /// <param name="panels">Panels of its streamed weight that the launch computes; ignored without such a weight.</param>
    /// <param name="carriedBytes">Bytes that it moves beside its work.</param>
    public LaunchTime Time(SimulatedKernel kernel, int panels, long carriedBytes)
    {
        KernelDesc desc = kernel.Desc;
        panels = desc.Panels is null ? 0 : panels;
        if (!signatures.TryGetValue(kernel, out string? signature))
        {
            signatures.Add(kernel, signature = KernelSignature.Of(desc));
        }

        (long flops, long bytes) = KernelWork.OfLaunch(desc, panels);
        LaunchTime time = known.TryGetValue(signature, out ImmutableArray<MeasuredKernel> measured)
            ? PanelTimes.At(measured, panels, bytes)
            : new LaunchTime(regression.LaunchSeconds, regression.Seconds(desc.Family, flops, bytes), bytes, IsEstimate: true);
        Sources.Add(signature, panels, time);
        return carriedBytes == 0
            ? time
            : time with { Seconds = time.Seconds + (carriedBytes * carriedSecondsPerByte.GetValueOrDefault(desc.Class)) };
    }
}
