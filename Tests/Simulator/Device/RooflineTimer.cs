using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Abstractions.Time;
using FlashMem.Simulator.Kernels;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>
/// In place of the kernel timer, so that tests know what to expect: a kernel takes a microsecond, a nanosecond per output element and a
/// picosecond per carried byte, and moves its output twice and what it carries twice.
/// </summary>
internal sealed class RooflineTimer : IKernelTimer
{
    public string Identity => "roofline";

    public KernelTiming Time(KernelDesc kernel, PanelRange panels, long carriedBytes)
    {
        long elements = kernel.Output.ElementCount;
        if (kernel.Panels is { } layout)
        {
            elements = elements * panels.Count / Math.Max(1, layout.PanelCount);
        }

        return Expected(elements, kernel.Output.Type.SizeInBytes(), carriedBytes);
    }

    public static KernelTiming Expected(long elements, int elementBytes, long carriedBytes = 0)
    {
        long bytes = elements * elementBytes;
        return new KernelTiming(new DeviceTime(1_000_000 + (1000 * elements) + carriedBytes), bytes + carriedBytes, bytes + carriedBytes, 0, 0, "test");
    }
}
