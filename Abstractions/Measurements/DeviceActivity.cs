namespace FlashMem.Abstractions.Measurements;

/// <summary>What a device can do at one time beside other things.</summary>
public enum DeviceActivity
{
    Kernels,

    /// <summary>Moves by the transfer queue.</summary>
    Copies,

    /// <summary>Reads from storage.</summary>
    Reads,
}
