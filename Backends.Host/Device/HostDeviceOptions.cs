namespace FlashMem.Backends.Host;

/// <summary>How the host device is opened.</summary>
public sealed record HostDeviceOptions
{
    /// <summary>Threads that compute, the queue's own included. Default: one per processor.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Computes activations of halves too, by widened copies beside every budget: to know what another device should compute, not to save
    /// memory. False by default.
    /// </summary>
    public bool HalfActivations { get; init; }
}
