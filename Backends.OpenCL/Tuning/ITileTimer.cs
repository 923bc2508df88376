using FlashMem.Abstractions.Errors;

namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>Times launches of one kernel cut in different ways.</summary>
internal interface ITileTimer
{
    /// <summary>
    /// Milliseconds that one launch takes on the device. The first call for some tiles also makes the program and says nothing of the others.
    /// </summary>
    /// <exception cref="DeviceException">The driver refuses these tiles.</exception>
    double Launch(KernelTiles tiles);
}
