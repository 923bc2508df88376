using FlashMem.Abstractions.Time;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>A place in a stream: everything that the stream was given before it is complete once it is reached.</summary>
/// <param name="Word">Where the device writes how far its stream has come, see <see cref="StreamProgress"/>; 0 where the host waits for the stream.</param>
/// <param name="Place">What is written there.</param>
/// <param name="Event">The driver's event that keeps its time; 0 where nobody asked for it.</param>
/// <param name="Reached">When the host saw it reached, where the host waits for the stream.</param>
internal readonly record struct CommandMarker(nint Word, uint Place, nint Event, DeviceTime Reached);
