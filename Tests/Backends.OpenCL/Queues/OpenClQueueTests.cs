using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Runtime.Tracing;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Queues;

/// <summary>What the OpenCL queues do beyond the conformance suite: running ahead, events across queues, faults, handles.</summary>
public sealed class OpenClQueueTests
{
    public static TheoryData<bool> ZeroCopy => [true, false];

    [Theory]
    [MemberData(nameof(ZeroCopy))]
    public async Task Two_queues_hand_values_to_each_other_a_thousand_times_and_leave_no_handle(bool zeroCopy)
    {
        OpenClDevice device = Open(zeroCopy);
        ClHandleCounts handles = device.Handles;
        using (var memory = new CaseMemory(device))
        {
            MemoryRange a = Float(memory, 0);
            MemoryRange b = Float(memory, 0);
            IClKernel kernel = device.Prepare(SourceKernel.Add(1));
            Timeline computed = device.CreateTimeline("computed");
            Timeline moved = device.CreateTimeline("moved");
            device.Trace = new TraceCollector();
            DispatchCommand add = SourceKernel.Command(kernel, a, b);
            var back = new CopyCommand("back", b, a);
            for (ulong i = 1; i <= 1000; i++)
            {
                device.ComputeQueue.Dispatch(add, i == 1 ? [] : [moved.At(i - 1)], computed.At(i));
                device.TransferQueue.Copy(back, [computed.At(i)], moved.At(i));
            }

            moved.Wait(1000);
            Assert.Equal(1000, Read(a));
            await device.DisposeAsync();
            Assert.Equal(0, handles[ClHandleKind.Event]);
            Assert.Equal(0, handles[ClHandleKind.Program] + handles[ClHandleKind.Kernel]);
        }

        Assert.Equal("", handles.ToString());
    }

    [Theory]
    [MemberData(nameof(ZeroCopy))]
    public async Task Short_commands_share_events_and_each_is_signalled_and_traced(bool zeroCopy)
    {
        const int Count = 400;
        OpenClDevice device = Open(zeroCopy);
        using (var memory = new CaseMemory(device))
        {
            MemoryRange a = Float(memory, 0);
            MemoryRange b = Float(memory, 0);
            IClKernel kernel = device.Prepare(SourceKernel.Add(1));
            Timeline computed = device.CreateTimeline("computed");
            Timeline moved = device.CreateTimeline("moved");
            Timeline gate = device.CreateTimeline("gate");
            DispatchCommand add = SourceKernel.Command(kernel, a, a);
            device.ComputeQueue.Dispatch(add, [], computed.At(1));
            computed.Wait(1);

            var trace = new TraceCollector();
            device.Trace = trace;
            for (ulong i = 2; i <= Count; i++)
            {
                device.ComputeQueue.Dispatch(add, i == 2 ? [gate.At(1)] : [computed.At(i - 1)], computed.At(i));
            }

            device.TransferQueue.Copy(new CopyCommand("half", a, b), [computed.At(Count / 2)], moved.At(1));
            gate.Signal(1);
            moved.Wait(1);
            computed.Wait(Count);
            device.FlushTrace();

            Assert.InRange(Read(b), Count / 2, Count);
            Assert.Equal(Count, Read(a));
            TraceEvent[] kernels = [.. trace.Take().Where(e => e.Lane == TraceLane.Compute)];
            Assert.Equal(Count - 1, kernels.Length);
            Assert.All(kernels.Zip(kernels.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
            await device.DisposeAsync();
        }

        Assert.Equal("", device.Handles.ToString());
    }

    [Theory]
    [MemberData(nameof(ZeroCopy))]
    public async Task Failed_and_cancelled_commands_leave_no_handle(bool zeroCopy)
    {
        OpenClDevice device = Open(zeroCopy);
        ClHandleCounts handles = device.Handles;
        using (var memory = new CaseMemory(device))
        {
            MemoryRange a = Float(memory, 1);
            MemoryRange b = Float(memory, 0);
            DispatchCommand add = SourceKernel.Command(device.Prepare(SourceKernel.Add(1)), a, b);
            Timeline storage = device.CreateTimeline("storage");
            Timeline computed = device.CreateTimeline("computed");
            Timeline moved = device.CreateTimeline("moved");
            for (ulong i = 1; i <= 20; i++)
            {
                device.ComputeQueue.Dispatch(add, [storage.At(i), moved.At(i - 1)], computed.At(i));
                device.TransferQueue.Copy(new CopyCommand("copy", b, a), [computed.At(i)], moved.At(i));
            }

            storage.Signal(5);
            moved.Wait(5);
            storage.Fail(new OperationCanceledException("enough"));

            Assert.Throws<OperationCanceledException>(() => moved.Wait(20));
            Assert.Equal(5ul, computed.Completed);
            Assert.Equal(6, Read(a));
            await device.DisposeAsync();
        }

        Assert.Equal("", handles.ToString());
    }

    [Fact]
    public async Task A_run_cancelled_by_its_own_timelines_starts_nothing_more()
    {
        await using OpenClDevice device = OpenClTestDevice.Open(new OpenClDeviceOptions { SubmitAhead = 2 });
        using var memory = new CaseMemory(device);
        MemoryRange value = Float(memory, 0);
        DispatchCommand add = SourceKernel.Command(device.Prepare(SourceKernel.Add(1)), value, value);
        Timeline storage = device.CreateTimeline("storage");
        Timeline computed = device.CreateTimeline("computed");
        device.ComputeQueue.Dispatch(add, [storage.At(1)], computed.At(1));
        for (ulong i = 2; i <= 50; i++)
        {
            device.ComputeQueue.Dispatch(add, [computed.At(i - 1)], computed.At(i));
        }

        computed.Fail(new OperationCanceledException("stop"));
        storage.Signal(1);
        Timeline end = device.CreateTimeline("end");
        device.ComputeQueue.Copy(new CopyCommand("barrier", value with { Bytes = 0 }, value with { Bytes = 0 }), [], end.At(1));
        end.Wait(1);

        Assert.Equal(1, Read(value));
    }

    [Fact]
    public async Task A_kernel_that_reports_a_fault_fails_its_signal_and_what_waits_for_it_but_nothing_else()
    {
        await using OpenClDevice device = OpenClTestDevice.Open();
        using var memory = new CaseMemory(device);
        MemoryRange good = memory.Upload(MemoryTier.Activation, BitConverter.GetBytes(0));
        MemoryRange bad = memory.Upload(MemoryTier.Activation, BitConverter.GetBytes(17));
        MemoryRange value = Float(memory, 0);
        IClKernel picky = device.Prepare((IClKernel)FaultKernel.Create());
        DispatchCommand add = SourceKernel.Command(device.Prepare(SourceKernel.Add(1)), value, value);
        Timeline first = device.CreateTimeline("first");
        Timeline second = device.CreateTimeline("second");
        Timeline third = device.CreateTimeline("third");
        Timeline fourth = device.CreateTimeline("fourth");

        device.ComputeQueue.Dispatch(SourceKernel.Command(picky, bad, value), [], first.At(1));
        device.ComputeQueue.Dispatch(add, [first.At(1)], second.At(1));
        device.ComputeQueue.Dispatch(SourceKernel.Command(picky, good, value), [], third.At(1));
        device.ComputeQueue.Dispatch(add, [third.At(1)], fourth.At(1));
        fourth.Wait(1);

        Assert.Contains("17", Assert.Throws<RunFailedException>(() => first.Wait(1)).Message);
        Assert.Throws<RunFailedException>(() => second.Wait(1));
        Assert.Equal(1, Read(value));
    }

    [Fact]
    public async Task A_launch_that_the_driver_refuses_fails_its_signal_with_the_drivers_word()
    {
        await using OpenClDevice device = OpenClTestDevice.Open();
        using var memory = new CaseMemory(device);
        MemoryRange value = Float(memory, 0);
        ClFunction function = SourceKernel.Add(1).Functions[0];
        ClArgument[] arguments = [ClArgument.Buffer(value), ClArgument.Buffer(value), ClArgument.Int(1)];
        var refused = new SourceKernel("refused", function, _ =>
            [new ClLaunch(function, [.. arguments], new ClRange(1L << 24), new ClRange(1L << 24))]);
        var tooFew = new SourceKernel("short", function, _ => [new ClLaunch(function, [.. arguments[..2]], new ClRange(1))]);
        Timeline first = device.CreateTimeline("first");
        Timeline second = device.CreateTimeline("second");

        device.ComputeQueue.Dispatch(SourceKernel.Command(device.Prepare((IClKernel)refused), value, value), [], first.At(1));
        device.ComputeQueue.Dispatch(SourceKernel.Command(device.Prepare((IClKernel)tooFew), value, value), [], second.At(1));

        string message = Assert.Throws<DeviceException>(() => first.Wait(1)).Message;
        Assert.Contains("clEnqueueNDRangeKernel", message);
        Assert.Contains("InvalidWorkGroupSize", message);
        Assert.Contains("5 parameters", Assert.Throws<DeviceException>(() => second.Wait(1)).Message);
    }

    [Fact]
    public async Task A_command_that_waits_for_another_queue_starts_after_it_in_the_trace_and_says_so()
    {
        await using OpenClDevice device = OpenClTestDevice.Open();
        using var memory = new CaseMemory(device);
        MemoryRange value = Float(memory, 0);
        MemoryRange large = memory.Upload(MemoryTier.Activation, new byte[16 << 20]);
        MemoryRange copy = memory.Upload(MemoryTier.Activation, new byte[16 << 20]);
        DispatchCommand add = SourceKernel.Command(device.Prepare(SourceKernel.Add(1)), value, value);
        var trace = new TraceCollector();
        device.Trace = trace;
        Timeline storage = device.CreateTimeline("storage");
        Timeline moved = device.CreateTimeline("moved");
        Timeline computed = device.CreateTimeline("computed");

        device.TransferQueue.Copy(new CopyCommand("large", large, copy), [storage.At(1)], moved.At(1));
        device.ComputeQueue.Dispatch(add, [moved.At(1)], computed.At(1));
        storage.Signal(1);
        computed.Wait(1);

        device.FlushTrace();
        TraceEvent[] events = [.. trace.Take()];
        Assert.Equal(["large", "add 1"], events.Select(e => e.Name));
        // Null where the wait was over before the queue came to it.
        Assert.Contains(events[0].WaitedFor, (string?[])["storage", null]);
        Assert.Contains(events[1].WaitedFor, (string?[])["moved", null]);
        Assert.True(events[0].End <= events[1].Start, $"{events[0]} {events[1]}");
        Assert.True(events[0].Duration > default(FlashMem.Abstractions.Time.DeviceTime));
    }

    [Fact]
    public async Task A_command_object_may_be_dispatched_again_after_other_memory_took_its_place()
    {
        await using OpenClDevice device = OpenClTestDevice.Open();
        IClKernel kernel = device.Prepare(SourceKernel.Add(1));
        Timeline done = device.CreateTimeline("done");
        for (ulong i = 1; i <= 50; i++)
        {
            using var memory = new CaseMemory(device);
            MemoryRange value = Float(memory, i);
            device.ComputeQueue.Dispatch(SourceKernel.Command(kernel, value, value), [], done.At(i));
            done.Wait(i);

            Assert.Equal(i + 1, Read(value));
        }
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused_with_their_numbers()
    {
        OpenClTestDevice.Require();
        Assert.Contains("0 commands", Assert.Throws<UsageException>(
            () => OpenClDevice.Open(new OpenClDeviceOptions { SubmitAhead = 0 })).Message);
        Assert.Contains("interleave of 3", Assert.Throws<UsageException>(
            () => OpenClDevice.Open(new OpenClDeviceOptions { DepthInterleave = 3 })).Message);
    }

    private static OpenClDevice Open(bool zeroCopy) => OpenClTestDevice.Open(new OpenClDeviceOptions { ZeroCopy = zeroCopy });

    private static MemoryRange Float(CaseMemory memory, float value) =>
        memory.Upload(MemoryTier.Activation, BitConverter.GetBytes(value));

    private static float Read(MemoryRange range)
    {
        float value = 0;
        range.Memory.Read(range.Offset, MemoryMarshal.AsBytes(new Span<float>(ref value)));
        return value;
    }
}
