using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Measurements;

namespace FlashMem.Runtime.Profiling;

/// <summary>
/// Measures what handing over commands costs, with commands that do next to nothing: alone, and with kernels that wait for copies which wait for
/// earlier kernels, as they do when weights are streamed.
/// </summary>
internal sealed class DriverProbe(ProbeQueue queue, ProbeKernels kernels, LoadProbe loads)
{
    private const int Steps = 256;

    /// <summary>Copies that need not wait for the kernel before, as slots of an arena allow.</summary>
    private const int Ahead = 8;

    private const int CopyBytes = 64 << 10;

    /// <summary>Kernels of a step in the two measurements from which the costs of kernels and of copies follow.</summary>
    private const int Few = 1;

    private const int Many = 3;

    public DriverCosts Measure()
    {
        double kernel = Seconds(() => Repeat(Steps, () => queue.Dispatch(kernels.Nothing)));
        double copy = Seconds(() => Repeat(Steps, () => loads.CopyOf(CopyBytes)));
        double few = Seconds(() => Stream(Few));
        double many = Seconds(() => Stream(Many));
        double kernelBeside = Math.Max(kernel, (many - few) / (Many - Few));
        return new DriverCosts(kernel, kernelBeside, copy, Math.Max(copy, few - (Few * kernelBeside)));
    }

    private double Seconds(Action steps) => queue.MedianMs(steps) / 1e3 / Steps;

    private void Stream(int kernelsPerCopy)
    {
        var done = new TimePoint[Steps];
        for (int step = 0; step < Steps; step++)
        {
            TimePoint moved = step < Ahead ? loads.CopyOf(CopyBytes) : loads.CopyOf(CopyBytes, done[step - Ahead]);
            done[step] = queue.Dispatch(kernels.Nothing, moved);
            for (int more = 1; more < kernelsPerCopy; more++)
            {
                done[step] = queue.Dispatch(kernels.Nothing);
            }
        }
    }

    private static void Repeat(int count, Action action)
    {
        for (int i = 0; i < count; i++)
        {
            action();
        }
    }
}
