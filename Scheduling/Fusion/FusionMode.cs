namespace FlashMem.Scheduling.Fusion;

/// <summary>Whether planning may undo fusion.</summary>
public enum FusionMode
{
    /// <summary>Where kernels move chunks and carry too little, fused tails are split off if that makes the plan better.</summary>
    Adaptive,

    /// <summary>Kernels stay as they were fused.</summary>
    Fixed,
}
