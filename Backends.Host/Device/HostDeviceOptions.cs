namespace FlashMem.Backends.Host;

/// <summary>How the host device is opened.</summary>
public sealed record HostDeviceOptions
{
    /// <summary>Threads that compute, the queue's own included. Default: one per processor.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
