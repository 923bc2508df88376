using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Backends.ILGPU.Queues;
using ILGPU.Runtime;

namespace FlashMem.Tests.Backends.Ilgpu.Queues;

/// <summary>What goes wrong in a driver once, when it is armed, and whether every place in a stream that was marked was given up.</summary>
internal sealed class DriverFault
{
    private readonly Lock gate = new();
    private DriverCall? failing;
    private int callsBefore;
    private int openMarkers;

    /// <summary>The command that failed; null while none did.</summary>
    public string? Command { get; private set; }

    /// <summary>Marked and not given up yet.</summary>
    public int OpenMarkers => openMarkers;

    public ICommandStream Watch(ICommandStream stream) => new WatchedStream(stream, this);

    /// <summary>A call fails after so many of its kind.</summary>
    public void Arm(DriverCall call, int after)
    {
        lock (gate)
        {
            (failing, callsBefore) = (call, after);
        }
    }

    private bool IsDue(DriverCall call, string command)
    {
        lock (gate)
        {
            if (failing != call || callsBefore-- > 0)
            {
                return false;
            }

            (failing, Command) = (null, command);
            return true;
        }
    }

    private sealed class WatchedStream(ICommandStream inner, DriverFault fault) : ICommandStream
    {
        public AcceleratorStream Stream => inner.Stream;

        public bool OrdersOnDevice => inner.OrdersOnDevice;

        public void Bind() => inner.Bind();

        public CommandMarker Mark(string what)
        {
            CommandMarker marker = inner.Mark(what);
            Interlocked.Increment(ref fault.openMarkers);
            return marker;
        }

        public void WaitFor(CommandMarker marker, string what) => inner.WaitFor(marker, what);

        /// <summary>Where the driver tells of kernels that failed.</summary>
        public void Await(CommandMarker marker, string what)
        {
            inner.Await(marker, what);
            if (fault.IsDue(DriverCall.Await, what))
            {
                throw new DeviceException($"driver: waiting for '{what}' failed: CUDA_ERROR_LAUNCH_FAILED");
            }
        }

        public DeviceTime TimeOf(CommandMarker marker) => inner.TimeOf(marker);

        public void Recycle(CommandMarker marker)
        {
            Interlocked.Decrement(ref fault.openMarkers);
            inner.Recycle(marker);
        }

        public void Copy(CopyCommand command)
        {
            if (fault.IsDue(DriverCall.Copy, command.Label))
            {
                throw new InvalidOperationException("CUDA_ERROR_INVALID_VALUE");
            }

            inner.Copy(command);
        }

        public void Dispose() => inner.Dispose();
    }
}
