namespace FlashMem.Scheduling.Plans;

/// <summary>How a chunk goes from unified to texture memory on a device that has both.</summary>
public enum MoveMode
{
    /// <summary>Extra loads and image writes inside the carrying kernel.</summary>
    InKernel,

    /// <summary>The transfer queue, beside the carrying kernel.</summary>
    CopyQueue,
}
