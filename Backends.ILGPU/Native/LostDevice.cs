using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Native;

/// <summary>
/// Freeing what belongs to a driver that may have failed. A context that is lost refuses to free what died with it; whoever frees must get on to
/// the rest, and the run has said what happened.
/// </summary>
internal static class LostDevice
{
    public static void Free(IDisposable held)
    {
        try
        {
            held.Dispose();
        }
        catch (AcceleratorException)
        {
            // The driver frees what is left with the process.
        }
    }
}
