using FlashMem.Abstractions.Time;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>A place in a stream: everything that the stream was given before it is complete once it is reached.</summary>
/// <param name="Event">The driver's event; 0 where the host waited for the stream itself.</param>
/// <param name="Reached">When the host saw it reached; of no meaning with an event.</param>
internal readonly record struct CommandMarker(nint Event, DeviceTime Reached);
