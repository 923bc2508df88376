using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Native;

/// <summary>
/// Steps of freeing what belongs to a driver that may have failed. A context that is lost refuses to become current and to free what died with
/// it; whoever frees must get on to the rest, and the run has said what happened.
/// </summary>
internal static class LostDevice
{
    /// <summary>Takes a step, whether the driver still can or not.</summary>
    public static void Free(Action step)
    {
        try
        {
            step();
        }
        catch (AcceleratorException)
        {
            // The driver frees what is left with the process.
        }
    }
}
