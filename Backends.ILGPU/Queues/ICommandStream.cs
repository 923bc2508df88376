using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>
/// A stream of an accelerator with what ILGPU's own lacks: places in it that others can wait for, and copies. One thread gives it commands,
/// another may await markers.
/// </summary>
internal interface ICommandStream : IDisposable
{
    /// <summary>Where kernels are launched.</summary>
    AcceleratorStream Stream { get; }

    /// <summary>
    /// Streams can wait for each other's markers on the device. Where they cannot, marking blocks until the stream is empty, and order across
    /// streams is the host's business.
    /// </summary>
    bool OrdersOnDevice { get; }

    /// <summary>Makes the accelerator current on the calling thread; each thread calls it once before anything else.</summary>
    void Bind();

    /// <summary>Marks the end of what the stream was given so far.</summary>
    /// <param name="what">The command that begins or ends there, for errors.</param>
    CommandMarker Mark(string what);

    /// <summary>What is given from now on starts after another stream's marker. Only where <see cref="OrdersOnDevice"/>.</summary>
    /// <param name="marker">Of the other stream.</param>
    /// <param name="what">The command that waits, for errors.</param>
    void WaitFor(CommandMarker marker, string what);

    /// <summary>Blocks until a marker is reached; throws what went wrong before it.</summary>
    /// <param name="marker">Of this stream.</param>
    /// <param name="what">The command that ends there, for errors.</param>
    void Await(CommandMarker marker, string what);

    /// <summary>When a marker that was awaited was reached, on the device's clock.</summary>
    DeviceTime TimeOf(CommandMarker marker);

    /// <summary>Nobody uses the marker any more.</summary>
    void Recycle(CommandMarker marker);

    /// <summary>Gives the stream a copy.</summary>
    void Copy(CopyCommand command);
}
