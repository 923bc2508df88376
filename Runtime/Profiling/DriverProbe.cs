using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Measurements;

namespace FlashMem.Runtime.Profiling;

/// <summary>
/// Measures what handing over commands costs while weights are streamed: reads of the page cache into staging, a copy after each, kernels of which the
/// first waits for the copy. Every read waits for the kernels that were some steps earlier, as slots of an arena make it, so no command
/// comes long before its turn. Kernels are small and chunks as large as any, so that commands are handed over while processors and memory are
/// as busy as they are then.
/// </summary>
internal sealed class DriverProbe(ProbeQueue queue, ProbeKernels kernels, LoadProbe loads, ReadStream reads, int chunkBytes)
{
    private const int Steps = 256;

    /// <summary>Steps that may be under way.</summary>
    private const int Ahead = 8;

    /// <summary>Kernels of a step in the two measurements that tell kernels and waits apart.</summary>
    private const int Few = 1;

    private const int Many = 4;

    // Neighbours differ, so that their arguments are set anew as in a network.
    private readonly ImmutableArray<DispatchCommand> products = kernels.SmallProducts(Many);

    public DriverCosts Measure()
    {
        double copy = Seconds(() => Stream(0));
        double few = Seconds(() => Stream(Few));
        double many = Seconds(() => Stream(Many));
        double kernel = Math.Max(0, (many - few) / (Many - Few));
        return new DriverCosts(kernel, copy, Math.Max(0, few - copy - (Few * kernel)));
    }

    private double Seconds(Action steps) => queue.MedianMs(steps) / 1e3 / Steps;

    private void Stream(int kernelsPerCopy)
    {
        var done = new TimePoint[Steps];
        int dispatched = 0;
        for (int step = 0; step < Steps; step++)
        {
            TimePoint read = step < Ahead ? reads.Issue(chunkBytes, 1) : reads.IssueAfter(done[step - Ahead], chunkBytes);
            TimePoint moved = done[step] = loads.CopyOf(chunkBytes, read);
            for (int i = 0; i < kernelsPerCopy; i++)
            {
                DispatchCommand next = products[dispatched++ % products.Length];
                done[step] = i == 0 ? queue.Dispatch(next, moved) : queue.Dispatch(next);
            }
        }
    }
}
