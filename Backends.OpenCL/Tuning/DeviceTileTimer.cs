using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Backends.OpenCL.Programs;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>
/// Times a kernel's launches on a device by the driver's profiling events, from the start of the first to the end of the last. Programs
/// are made in a store of its own, so that losers do not stay in the program cache. The device must be idle otherwise.
/// </summary>
internal sealed unsafe class DeviceTileTimer : ITileTimer, IDisposable
{
    private readonly OpenClDevice device;
    private readonly KernelDesc desc;
    private readonly ClTraits traits;
    private readonly ClProgramStore programs;
    private readonly KernelSample sample;
    private readonly Dictionary<KernelTiles, ClBoundLaunch[]> launches = [];

    /// <param name="device">Where.</param>
    /// <param name="desc">A kernel of floats.</param>
    /// <param name="traits">Of the device, or of a form that it could have.</param>
    public DeviceTileTimer(OpenClDevice device, KernelDesc desc, ClTraits traits)
    {
        this.device = device;
        this.desc = desc;
        this.traits = traits;
        programs = new ClProgramStore(device.Context, null);
        sample = new KernelSample(device, ClKernels.Compile(desc, traits), traits);
    }

    public double Launch(KernelTiles tiles)
    {
        if (!launches.TryGetValue(tiles, out ClBoundLaunch[]? bound))
        {
            launches.Add(tiles, bound = Bind(tiles));
        }

        ClContext context = device.Context;
        var events = new List<nint>();
        try
        {
            foreach (ClBoundLaunch launch in bound)
            {
                events.Add(Enqueue(context, launch));
            }

            ClStatus.Check(context.Api.Finish(context.HostQueue), "clFinish", tiles.Text);
            return (Time(context, events[^1], ProfilingInfo.End) - Time(context, events[0], ProfilingInfo.Start)) / 1e6;
        }
        finally
        {
            events.ForEach(context.ReleaseEvent);
        }
    }

    public void Dispose()
    {
        sample.Dispose();
        programs.Dispose();
    }

    private ClBoundLaunch[] Bind(KernelTiles tiles)
    {
        IClKernel kernel = ClKernels.Compile(desc, traits, tiles);
        return [.. kernel.Launches(sample.Command with { Kernel = kernel })
            .Select(launch => ClBoundLaunch.Bind(launch, programs.Get(launch.Function), desc.Panels?.Type, device.Fault))];
    }

    private static nint Enqueue(ClContext context, ClBoundLaunch launch)
    {
        launch.SetArguments();
        nint done = 0;
        fixed (nuint* global = launch.Global)
        fixed (nuint* local = launch.Local)
        {
            ClStatus.Check(
                context.Api.EnqueueNdrangeKernel(
                    context.HostQueue, launch.Kernel.Handle, launch.Dimensions, null, global, local, 0, null, &done),
                "clEnqueueNDRangeKernel",
                launch.Kernel.Entry);
        }

        context.Handles.Add(ClHandleKind.Event);
        return done;
    }

    private static double Time(ClContext context, nint done, ProfilingInfo what)
    {
        ulong time = 0;
        ClStatus.Check(
            context.Api.GetEventProfilingInfo(done, what, sizeof(ulong), &time, null), "clGetEventProfilingInfo", "a launch that is timed");
        return time;
    }
}
