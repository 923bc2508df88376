using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Memory;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Native;

/// <summary>
/// A driver context on one device. Everything that has a handle is made and released here, so that statuses are checked and handles are
/// counted in one place. It lives as long as the device or any of its memory does: each holds a reference. Thread-safe.
/// </summary>
internal sealed unsafe class ClContext
{
    /// <summary>Bytes of an image row: 512 texels of four halves or 256 texels of four floats.</summary>
    public const int RowBytes = 4096;

    private readonly Lazy<ClReadBounce?> readBounce;
    private int memoryGeneration;
    private int references = 1;

    public ClContext(OpenClDeviceInfo device)
    {
        Api = ClLibrary.Get(out string? absence) ?? throw new DeviceException($"opencl: {absence}");
        Device = device;
        nint* properties = stackalloc nint[] { (nint)(ulong)ContextProperties.Platform, device.PlatformHandle, 0 };
        nint handle = device.DeviceHandle;
        int status;
        Handle = Api.CreateContext(properties, 1, &handle, null!, null, &status);
        ClStatus.Check(status, "clCreateContext", device.Name);
        Handles.Add(ClHandleKind.Context);
        HostQueue = CreateQueue();
        readBounce = new Lazy<ClReadBounce?>(() => device.Kind == OpenClDeviceKind.Cpu ? null : new ClReadBounce(this));
    }

    public CL Api { get; }

    public OpenClDeviceInfo Device { get; }

    public nint Handle { get; }

    /// <summary>For blocking reads and writes by the host, beside the device's own queues.</summary>
    public nint HostQueue { get; }

    public ClHandleCounts Handles { get; } = new();

    /// <summary>For reading large results; null on drivers that run on this machine's processors.</summary>
    public ClReadBounce? ReadBounce => readBounce.Value;

    /// <summary>Grows when memory is released: a handle's number may then stand for other memory.</summary>
    public int MemoryGeneration => Volatile.Read(ref memoryGeneration);

    /// <summary>An in-order queue with profiling.</summary>
    public nint CreateQueue()
    {
        int status;
        nint queue = Api.CreateCommandQueue(Handle, Device.DeviceHandle, CommandQueueProperties.ProfilingEnable, &status);
        ClStatus.Check(status, "clCreateCommandQueue");
        Handles.Add(ClHandleKind.Queue);
        return queue;
    }

    public nint CreateBuffer(MemFlags flags, long bytes, void* host, string what)
    {
        RequireAllocatable(bytes, what);
        int status;
        nint buffer = Api.CreateBuffer(Handle, flags, (nuint)bytes, host, &status);
        ClStatus.Check(status, "clCreateBuffer", $"{bytes} bytes of {what}");
        Handles.Add(ClHandleKind.Memory);
        return buffer;
    }

    /// <summary>A buffer for staging: in the host's memory, pinned, and where the driver can, nowhere else.</summary>
    public nint CreateHostBuffer(long bytes, string what)
    {
        if (!NvHostBuffers.AreSupported(Api, Device))
        {
            return CreateBuffer(MemFlags.ReadWrite | MemFlags.AllocHostPtr, bytes, null, what);
        }

        RequireAllocatable(bytes, what);
        int status;
        nint buffer = NvHostBuffers.Create(Api, Device, Handle, MemFlags.ReadWrite, bytes, &status);
        ClStatus.Check(status, "clCreateBufferNV", $"{bytes} bytes of {what}");
        Handles.Add(ClHandleKind.Memory);
        return buffer;
    }

    /// <summary>An image of whole rows whose texels are four halves or four floats.</summary>
    public nint CreateImage(ElementType element, long rows, string what)
    {
        var format = new ImageFormat(ChannelOrder.Rgba, element == ElementType.Float32 ? ChannelType.Float : ChannelType.HalfFloat);
        var desc = new ImageDesc
        {
            ImageType = MemObjectType.Image2D,
            ImageWidth = (nuint)(RowBytes / (4 * element.SizeInBytes())),
            ImageHeight = (nuint)rows,
        };
        int status;
        nint image = Api.CreateImage(Handle, MemFlags.ReadWrite, &format, &desc, null, &status);
        ClStatus.Check(status, "clCreateImage", $"{rows * RowBytes} bytes of {what}, {desc.ImageWidth} x {rows} texels");
        Handles.Add(ClHandleKind.Memory);
        return image;
    }

    /// <summary>Refuses what the driver says it cannot hold in one piece.</summary>
    public void RequireAllocatable(long bytes, string what)
    {
        if (bytes > Device.MaxAllocationBytes)
        {
            throw new DeviceException(
                $"opencl: cannot allocate {bytes} bytes of {what}: the largest allocation on {Device.Name} is {Device.MaxAllocationBytes}");
        }
    }

    public void ReleaseMemory(nint memory)
    {
        ClStatus.Check(Api.ReleaseMemObject(memory), "clReleaseMemObject");
        Handles.Remove(ClHandleKind.Memory);
        Interlocked.Increment(ref memoryGeneration);
    }

    public void ReleaseQueue(nint queue)
    {
        ClStatus.Check(Api.ReleaseCommandQueue(queue), "clReleaseCommandQueue");
        Handles.Remove(ClHandleKind.Queue);
    }

    public void ReleaseProgram(nint program)
    {
        ClStatus.Check(Api.ReleaseProgram(program), "clReleaseProgram");
        Handles.Remove(ClHandleKind.Program);
    }

    public void ReleaseKernel(nint kernel)
    {
        ClStatus.Check(Api.ReleaseKernel(kernel), "clReleaseKernel");
        Handles.Remove(ClHandleKind.Kernel);
    }

    public void ReleaseEvent(nint handle)
    {
        ClStatus.Check(Api.ReleaseEvent(handle), "clReleaseEvent");
        Handles.Remove(ClHandleKind.Event);
    }

    public void AddReference() => Interlocked.Increment(ref references);

    /// <summary>Gives a reference back; the last one releases the driver's context.</summary>
    public void RemoveReference()
    {
        if (Interlocked.Decrement(ref references) == 0)
        {
            if (readBounce.IsValueCreated)
            {
                readBounce.Value?.Dispose();
            }

            ReleaseQueue(HostQueue);
            ClStatus.Check(Api.ReleaseContext(Handle), "clReleaseContext");
            Handles.Remove(ClHandleKind.Context);
        }
    }
}
