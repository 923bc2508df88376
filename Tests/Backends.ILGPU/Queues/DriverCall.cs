namespace FlashMem.Tests.Backends.Ilgpu.Queues;

/// <summary>A call of a driver that can be made to fail.</summary>
public enum DriverCall
{
    /// <summary>Handing over a copy.</summary>
    Copy,

    /// <summary>Waiting for a command to complete.</summary>
    Await,
}
