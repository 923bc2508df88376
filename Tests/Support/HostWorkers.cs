using FlashMem.Backends.Host.Workers;

namespace FlashMem.Tests.Support;

/// <summary>Worker pools shared by a test class.</summary>
public sealed class HostWorkers : IDisposable
{
    internal WorkerPool One { get; } = new(1);

    internal WorkerPool Three { get; } = new(3);

    public void Dispose()
    {
        One.Dispose();
        Three.Dispose();
    }
}
