using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;

namespace FlashMem.Abstractions.Devices;

/// <summary>
/// What a device knows of its kernels beyond the roofline of its <see cref="DeviceSpec"/>: a simulator computes it, a profile measured it.
/// Planning asks for every step, so that plans follow the device's own times.
/// </summary>
/// <remarks>
/// Pure: equal questions get equal answers for as long as <see cref="Identity"/> is the same, because plans are bound to it. Times are those
/// of an idle device whose memory nothing else uses. Not thread-safe; ask while the device's queues are idle.
/// </remarks>
public interface IKernelEstimates
{
    /// <summary>Identity of everything that the answers depend on; different answers mean a different identity.</summary>
    string Identity { get; }

    /// <summary>The device runs by these times; false where it was measured and may differ.</summary>
    bool AreExact { get; }

    /// <summary>Time of one launch, from being started to being complete; the launch included.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="panels">Panels of its streamed weight that the launch computes; default without such a weight.</param>
    DeviceTime Time(KernelDesc kernel, PanelRange panels);

    /// <summary>How kernels of a class and reads of weights slow each other; null where nothing is known of it.</summary>
    ReadInterference? BesideReads(OperatorClass operatorClass);

    /// <summary>Most bytes that one launch can move from unified to texture memory within a growth of its time.</summary>
    /// <param name="kernel">One that <see cref="KernelDesc.CarriesMoves"/>.</param>
    /// <param name="panels">As in <see cref="Time"/>.</param>
    /// <param name="growth">Allowed growth, as a fraction of the kernel's time alone.</param>
    /// <returns>Null where nothing is known of what kernels of its class carry.</returns>
    long? CapacityBytes(KernelDesc kernel, PanelRange panels, double growth);
}
