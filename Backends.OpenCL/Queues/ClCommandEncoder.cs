using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Memory;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Backends.OpenCL.Programs;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>
/// Hands commands to one queue of the driver as launches and copies. What a dispatch command binds is worked out once per command object,
/// because runs repeat their commands. Not thread-safe: the queue's submission thread uses it alone.
/// </summary>
internal sealed unsafe class ClCommandEncoder
{
    private const int FaultInts = 8;

    private static readonly int[] NoFault = GC.AllocateArray<int>(FaultInts, pinned: true);

    private readonly ConditionalWeakTable<DispatchCommand, ClBoundCommand> bound = [];
    private readonly ClContext context;
    private readonly nint queue;
    private readonly ClProgramStore? programs;
    private bool freshPrograms;
    private bool loadedPrograms;
    private readonly nint fault;

    private nint* waitList;
    private uint waitCount;
    private int partsLeft;
    private bool wantFirst;
    private ClSubmission? current;

    /// <param name="context">The device's context.</param>
    /// <param name="queue">The driver's queue.</param>
    /// <param name="programs">Null for a queue that moves bytes only.</param>
    /// <param name="fault">Buffer of eight ints to which kernels report what they cannot do.</param>
    public ClCommandEncoder(ClContext context, nint queue, ClProgramStore? programs, nint fault)
    {
        this.context = context;
        this.queue = queue;
        this.programs = programs;
        this.fault = fault;
    }

    /// <summary>Enqueues a command; afterwards it has its event, unless it shares another's.</summary>
    /// <param name="submission">What to enqueue; bound, if it is a dispatch.</param>
    /// <param name="waits">Events of other queues that its first part waits for.</param>
    /// <param name="timed">A trace is kept: the first part has an event too.</param>
    public void Encode(ClSubmission submission, ReadOnlySpan<nint> waits, bool timed)
    {
        fixed (nint* list = waits)
        {
            waitList = waits.IsEmpty ? null : list;
            waitCount = (uint)waits.Length;
            wantFirst = timed && !submission.SharesEvent;
            current = submission;
            try
            {
                if (submission.Bound is { } command)
                {
                    Encode(command);
                }
                else
                {
                    ImmutableArray<Part> parts = PartsOf(submission.Copy!);
                    Begin(parts.Length);
                    foreach (Part part in parts)
                    {
                        Copy(part);
                    }
                }
            }
            finally
            {
                waitList = null;
                waitCount = 0;
                current = null;
            }
        }
    }

    /// <summary>Enqueues a marker whose event says that a command that shares one is complete, and all before it.</summary>
    public void Mark(ClSubmission submission)
    {
        nint handle = 0;
        ClStatus.Check(context.Api.EnqueueMarkerWithWaitList(queue, 0, null, &handle), "clEnqueueMarkerWithWaitList");
        context.Handles.Add(ClHandleKind.Event);
        submission.Event = new ClEvent(context, handle);
    }

    /// <summary>What a command launches; worked out when it is first seen.</summary>
    public ClBoundCommand Bind(DispatchCommand command)
    {
        if (bound.TryGetValue(command, out ClBoundCommand? known))
        {
            ReleaseCompiler(ref loadedPrograms);
            return known;
        }

        loadedPrograms = true;
        freshPrograms |= programs?.TakeFresh() == true;
        ReleaseCompiler(ref freshPrograms);

        if (programs is null || command.Kernel is not IClKernel kernel)
        {
            throw new DeviceException(programs is null
                ? $"opencl: kernel '{command.Kernel.Desc.Name}' was dispatched on the transfer queue"
                : $"opencl: kernel '{command.Kernel.Desc.Name}' was prepared by another device");
        }

        if (!command.Moves.IsEmpty && kernel.CarriedWeights is null)
        {
            throw new DeviceException($"opencl: kernel '{kernel.Desc.Name}' was not prepared to carry moves");
        }

        known = new ClBoundCommand(
        [
            .. kernel.Launches(command).Select(launch =>
                ClBoundLaunch.Bind(launch, programs.Get(launch.Function), kernel.Desc.Panels?.Type, fault)),
        ]);
        bound.Add(command, known);
        return known;
    }

    private void Encode(ClBoundCommand command)
    {
        bool fallible = command.IsFallible;
        Begin(command.Parts + (fallible ? 2 : 0));
        if (fallible)
        {
            fixed (int* zeros = NoFault)
            {
                Write(fault, 0, FaultInts * sizeof(int), zeros);
            }
        }

        foreach (ClBoundLaunch launch in command.Launches)
        {
            if (!launch.IsEmpty)
            {
                Launch(launch);
            }
        }

        if (fallible)
        {
            current!.FaultRecord = GC.AllocateArray<int>(FaultInts, pinned: true);
            fixed (int* record = current.FaultRecord)
            {
                Read(fault, 0, FaultInts * sizeof(int), record);
            }
        }
    }

    /// <summary>A CPU driver's compiler has done its work: once all programs are made, and once all have been launched a first time.</summary>
    private void ReleaseCompiler(ref bool due)
    {
        if (due && context.Device.Kind == OpenClDeviceKind.Cpu)
        {
            CompilerPages.Release();
        }

        due = false;
    }

    /// <summary>Says how many parts the current command has; one without any becomes a marker, which completes in its turn.</summary>
    private void Begin(int parts)
    {
        partsLeft = parts;
        if (parts == 0)
        {
            partsLeft = 1;
            nint handle = 0;
            ClStatus.Check(
                context.Api.EnqueueMarkerWithWaitList(queue, waitCount, waitList, WantsEvent() ? &handle : null),
                "clEnqueueMarkerWithWaitList");
            Finish(handle);
        }
    }

    private bool WantsEvent() => partsLeft == 1 ? !current!.SharesEvent : wantFirst && current!.FirstEvent is null;

    // Called after each part: only the first waits, only the last (and the first, for a trace) has an event.
    private void Finish(nint handle)
    {
        waitCount = 0;
        waitList = null;
        partsLeft--;
        if (handle == 0)
        {
            return;
        }

        context.Handles.Add(ClHandleKind.Event);
        if (partsLeft == 0)
        {
            current!.Event = new ClEvent(context, handle);
        }
        else
        {
            current!.FirstEvent = new ClEvent(context, handle);
        }
    }

    private void Launch(ClBoundLaunch launch)
    {
        launch.SetArguments();
        nint handle = 0;
        int status;
        fixed (nuint* global = launch.Global, local = launch.Local)
        {
            status = context.Api.EnqueueNdrangeKernel(
                queue, launch.Kernel.Handle, launch.Dimensions, null, global, local, waitCount, waitList, WantsEvent() ? &handle : null);
        }

        if (status != 0)
        {
            throw ClStatus.Error(
                status,
                "clEnqueueNDRangeKernel",
                $"{launch.Kernel.Entry}, global {string.Join(" x ", launch.Global)}, "
                + $"local {(launch.Local is { } group ? string.Join(" x ", group) : "any")}");
        }

        Finish(handle);
    }

    /// <summary>The single transfers that a copy command consists of; none when it moves nothing.</summary>
    private static ImmutableArray<Part> PartsOf(CopyCommand command)
    {
        (MemoryRange source, MemoryRange target) = (command.Source, command.Target);
        if (source.Bytes > target.Bytes)
        {
            throw new DeviceException($"opencl: copy '{command.Label}' of {source.Bytes} bytes into {target.Bytes}");
        }

        if (source.Bytes == 0)
        {
            return [];
        }

        return (source.Memory, target.Memory) switch
        {
            (ClTextureMemory, ClTextureMemory) =>
                throw new DeviceException($"opencl: copy '{command.Label}' from texture to texture memory is not supported"),
            (ClTextureMemory texture, ClMemory) =>
                [.. texture.Rectangles(source.Offset, source.Bytes).Select(area => new Part(source, target, source.Bytes, area))],
            (ClMemory, ClTextureMemory texture) =>
                [.. texture.Rectangles(target.Offset, source.Bytes).Select(area => new Part(source, target, source.Bytes, area))],
            (ClMemory, ClMemory) => [new Part(source, target, source.Bytes, null)],
            _ => throw new DeviceException($"opencl: copy '{command.Label}' names memory of another device"),
        };
    }

    private void Copy(Part part)
    {
        (MemoryRange source, MemoryRange target) = (part.Source, part.Target);
        switch (source.Memory, target.Memory)
        {
            case (ClStagingMemory, ClStagingMemory):
                throw new DeviceException("opencl: copies from staging to staging memory are not supported");
            case (ClStagingMemory or ClHostMemory, ClTextureMemory):
                WriteImage(part.Area!.Value, source);
                break;
            case (ClMemory from, ClTextureMemory):
                BufferToImage(from.Buffer, source.Offset, part.Area!.Value);
                break;
            case (ClTextureMemory, ClStagingMemory or ClHostMemory):
                ReadImage(part.Area!.Value, target);
                break;
            case (ClTextureMemory, ClMemory to):
                ImageToBuffer(part.Area!.Value, to.Buffer, target.Offset);
                break;
            case (ClStagingMemory, ClMemory to):
                Write(to.Buffer, target.Offset, part.Bytes, (void*)source.HostAddress);
                break;
            case (ClMemory from, ClStagingMemory):
                Read(from.Buffer, source.Offset, part.Bytes, (void*)target.HostAddress);
                break;
            default:
                BufferToBuffer((ClMemory)source.Memory, source.Offset, (ClMemory)target.Memory, target.Offset, part.Bytes);
                break;
        }
    }

    private void Write(nint buffer, long offset, long bytes, void* host)
    {
        nint handle = 0;
        ClStatus.Check(
            context.Api.EnqueueWriteBuffer(
                queue, buffer, false, (nuint)offset, (nuint)bytes, host, waitCount, waitList, WantsEvent() ? &handle : null),
            "clEnqueueWriteBuffer");
        Finish(handle);
    }

    private void Read(nint buffer, long offset, long bytes, void* host)
    {
        nint handle = 0;
        ClStatus.Check(
            context.Api.EnqueueReadBuffer(
                queue, buffer, false, (nuint)offset, (nuint)bytes, host, waitCount, waitList, WantsEvent() ? &handle : null),
            "clEnqueueReadBuffer");
        Finish(handle);
    }

    private void BufferToBuffer(ClMemory source, long sourceOffset, ClMemory target, long targetOffset, long bytes)
    {
        nint handle = 0;
        ClStatus.Check(
            context.Api.EnqueueCopyBuffer(
                queue,
                source.Buffer,
                target.Buffer,
                (nuint)sourceOffset,
                (nuint)targetOffset,
                (nuint)bytes,
                waitCount,
                waitList,
                WantsEvent() ? &handle : null),
            "clEnqueueCopyBuffer");
        Finish(handle);
    }

    private void WriteImage(ClRectangle area, MemoryRange source)
    {
        nuint* origin = stackalloc nuint[] { (nuint)area.X, (nuint)area.Y, 0 };
        nuint* region = stackalloc nuint[] { (nuint)area.Width, (nuint)area.Height, 1 };
        nint handle = 0;
        ClStatus.Check(
            context.Api.EnqueueWriteImage(
                queue,
                area.Image,
                false,
                origin,
                region,
                PitchOf(area),
                0,
                (byte*)source.HostAddress + area.Offset,
                waitCount,
                waitList,
                WantsEvent() ? &handle : null),
            "clEnqueueWriteImage");
        Finish(handle);
    }

    private void ReadImage(ClRectangle area, MemoryRange target)
    {
        nuint* origin = stackalloc nuint[] { (nuint)area.X, (nuint)area.Y, 0 };
        nuint* region = stackalloc nuint[] { (nuint)area.Width, (nuint)area.Height, 1 };
        nint handle = 0;
        ClStatus.Check(
            context.Api.EnqueueReadImage(
                queue,
                area.Image,
                false,
                origin,
                region,
                PitchOf(area),
                0,
                (byte*)target.HostAddress + area.Offset,
                waitCount,
                waitList,
                WantsEvent() ? &handle : null),
            "clEnqueueReadImage");
        Finish(handle);
    }

    private void BufferToImage(nint buffer, long offset, ClRectangle area)
    {
        nuint* origin = stackalloc nuint[] { (nuint)area.X, (nuint)area.Y, 0 };
        nuint* region = stackalloc nuint[] { (nuint)area.Width, (nuint)area.Height, 1 };
        nint handle = 0;
        ClStatus.Check(
            context.Api.EnqueueCopyBufferToImage(
                queue,
                buffer,
                area.Image,
                (nuint)(offset + area.Offset),
                origin,
                region,
                waitCount,
                waitList,
                WantsEvent() ? &handle : null),
            "clEnqueueCopyBufferToImage");
        Finish(handle);
    }

    private void ImageToBuffer(ClRectangle area, nint buffer, long offset)
    {
        nuint* origin = stackalloc nuint[] { (nuint)area.X, (nuint)area.Y, 0 };
        nuint* region = stackalloc nuint[] { (nuint)area.Width, (nuint)area.Height, 1 };
        nint handle = 0;
        ClStatus.Check(
            context.Api.EnqueueCopyImageToBuffer(
                queue,
                area.Image,
                buffer,
                origin,
                region,
                (nuint)(offset + area.Offset),
                waitCount,
                waitList,
                WantsEvent() ? &handle : null),
            "clEnqueueCopyImageToBuffer");
        Finish(handle);
    }

    // Rows of a tall rectangle follow each other; 0 means just that to the driver.
    private static nuint PitchOf(ClRectangle area) => area.Height > 1 ? ClContext.RowBytes : (nuint)0;

    private readonly record struct Part(MemoryRange Source, MemoryRange Target, long Bytes, ClRectangle? Area);
}
