namespace FlashMem.Simulator.Device;

/// <summary>Who uses DRAM; the series of the bandwidth counter in traces.</summary>
internal enum DramClient
{
    Kernels,
    Copies,
    Storage,
}
