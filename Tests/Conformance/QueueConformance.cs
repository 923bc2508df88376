using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Abstractions.Tracing;
using Xunit;

namespace FlashMem.Tests.Conformance;

/// <summary>Order, waits, failures, traces and shutdown of a device's queues.</summary>
public abstract class QueueConformance<TFixture>(TFixture fixture) : IClassFixture<TFixture>
    where TFixture : class, IDeviceFixture
{
    private IDevice Device => fixture.Device;

    [Fact]
    public void Commands_of_a_queue_run_in_the_order_given()
    {
        const int Steps = 64;
        using var memory = new CaseMemory(Device);
        MemoryRange[] stations = [.. Enumerable.Range(0, Steps + 1).Select(i => Floats(memory, i))];
        Timeline done = Device.CreateTimeline("done");
        for (int i = 0; i < Steps; i++)
        {
            Device.ComputeQueue.Dispatch(AddOne(stations[i], stations[i + 1]), [], done.At((ulong)i + 1));
        }

        done.Wait(Steps);

        Assert.Equal(Steps, Read(stations[Steps]));
    }

    [Fact]
    public void A_command_starts_after_every_wait_whatever_queue_or_host_signals_it()
    {
        using var memory = new CaseMemory(Device);
        MemoryRange source = Floats(memory, 41);
        MemoryRange middle = Floats(memory, 0);
        MemoryRange result = Floats(memory, 0);
        Timeline host = Device.CreateTimeline("host");
        Timeline moved = Device.CreateTimeline("moved");
        Timeline done = Device.CreateTimeline("done");

        Device.ComputeQueue.Dispatch(AddOne(middle, result), [moved.At(1), host.At(2)], done.At(1));
        Device.TransferQueue.Copy(new CopyCommand("move", source, middle), [host.At(1)], moved.At(1));
        Assert.Equal(0ul, moved.Completed);
        host.Signal(1);
        moved.Wait(1);
        Assert.Equal(0ul, done.Completed);
        host.Signal(2);
        done.Wait(1);

        Assert.Equal(42, Read(result));
    }

    [Fact]
    public void A_failed_wait_fails_the_signal_with_the_same_cause_and_later_commands_go_on()
    {
        using var memory = new CaseMemory(Device);
        MemoryRange source = Floats(memory, 1);
        MemoryRange untouched = Floats(memory, 5);
        MemoryRange result = Floats(memory, 0);
        Timeline broken = Device.CreateTimeline("broken");
        Timeline first = Device.CreateTimeline("first");
        Timeline second = Device.CreateTimeline("second");
        Timeline third = Device.CreateTimeline("third");
        var cause = new RunFailedException("disk on fire");

        Device.ComputeQueue.Dispatch(AddOne(source, untouched), [broken.At(1)], first.At(1));
        Device.ComputeQueue.Dispatch(AddOne(source, untouched), [first.At(1)], second.At(1));
        Device.ComputeQueue.Dispatch(AddOne(source, result), [], third.At(1));
        broken.Fail(cause);
        third.Wait(1);

        Assert.Same(cause, Assert.Throws<RunFailedException>(() => first.Wait(1)));
        Assert.Same(cause, Assert.Throws<RunFailedException>(() => second.Wait(1)));
        Assert.Equal(5, Read(untouched));
        Assert.Equal(2, Read(result));
    }

    [Fact]
    public void A_timeline_cancelled_by_the_host_cancels_what_waits_for_it()
    {
        using var memory = new CaseMemory(Device);
        MemoryRange source = Floats(memory, 1);
        MemoryRange result = Floats(memory, 7);
        Timeline run = Device.CreateTimeline("run");
        Timeline done = Device.CreateTimeline("done");

        Device.ComputeQueue.Dispatch(AddOne(source, result), [run.At(1)], done.At(1));
        run.Fail(new OperationCanceledException("stopped by the user"));

        Assert.Throws<OperationCanceledException>(() => done.Wait(1));
        Assert.Equal(7, Read(result));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-6)]
    [InlineData(int.MinValue)]
    public void An_index_outside_its_axis_fails_the_run_and_names_kernel_index_and_extent(int index)
    {
        using var memory = new CaseMemory(Device);
        var desc = new GatherKernel
        {
            Name = "token lookup",
            Mode = GatherMode.Axis,
            Inputs =
            [
                TensorView.Dense(ElementType.Float32, new Shape(1, 5, 3)),
                TensorView.Dense(ElementType.Int32, new Shape(1)),
            ],
            Output = TensorView.Dense(ElementType.Float32, new Shape(1, 1, 3)),
        };
        var command = new DispatchCommand
        {
            Kernel = Device.Prepare(desc),
            Inputs =
            [
                memory.Upload(MemoryTier.Activation, new byte[15 * sizeof(float)]),
                memory.Upload(MemoryTier.Activation, BitConverter.GetBytes(index)),
            ],
            Output = memory.Upload(MemoryTier.Activation, new byte[3 * sizeof(float)]),
        };
        Timeline done = Device.CreateTimeline("done");
        Timeline next = Device.CreateTimeline("next");
        MemoryRange result = Floats(memory, 0);

        Device.ComputeQueue.Dispatch(command, [], done.At(1));
        Device.ComputeQueue.Dispatch(AddOne(result, result), [], next.At(1));
        next.Wait(1);

        string message = Assert.Throws<RunFailedException>(() => done.Wait(1)).Message;
        Assert.Contains("token lookup", message);
        Assert.Contains($"{index}", message);
        Assert.Contains("5", message);
    }

    [Fact]
    public void Traces_say_what_ran_where_in_order_and_what_it_waited_for()
    {
        using var memory = new CaseMemory(Device);
        MemoryRange source = Floats(memory, 1);
        MemoryRange result = Floats(memory, 0);
        var trace = new RecordedTrace();
        Device.Trace = trace;
        try
        {
            Timeline gate = Device.CreateTimeline("gate");
            Timeline done = Device.CreateTimeline("done");
            Device.ComputeQueue.Dispatch(AddOne(source, result), [gate.At(1)], done.At(1));
            Device.ComputeQueue.Dispatch(AddOne(source, result), [gate.At(1)], done.At(2));
            Device.TransferQueue.Copy(new CopyCommand("move", source, result), [done.At(2)], done.At(3));
            gate.Signal(1);
            done.Wait(3);
            Device.FlushTrace();
        }
        finally
        {
            Device.Trace = null;
        }

        // Which cores work for a kernel only simulated devices tell.
        TraceEvent[] events = [.. trace.Events.Where(e => e.Lane != TraceLane.CoreGroup)];
        Assert.Equal(["add one", "add one", "move"], events.Select(e => e.Name));
        Assert.Equal([TraceLane.Compute, TraceLane.Compute, TraceLane.Transfer], events.Select(e => e.Lane));
        Assert.Equal([0L, 0L, source.Bytes], events.Select(e => e.Bytes));
        Assert.All(events, e => Assert.True(e.Ready <= e.Start && e.Start <= e.End, e.ToString()));
        Assert.True(events[0].End <= events[1].Start, "commands of one queue overlap");
        Assert.All(events, e => Assert.Contains(e.WaitedFor, (string?[])["gate", "done", null]));
    }

    [Fact]
    public async Task Disposing_drains_the_queues()
    {
        IDevice device = fixture.Open();
        var memory = new CaseMemory(device);
        MemoryRange value = Floats(memory, 0);
        Timeline done = device.CreateTimeline("done");
        for (ulong i = 1; i <= 100; i++)
        {
            device.ComputeQueue.Dispatch(AddOne(value, value, device), [], done.At(i));
        }

        await device.DisposeAsync();

        Assert.Equal(100ul, done.Completed);
        Assert.Equal(100, Read(value));
        memory.Dispose();
        await device.DisposeAsync();
    }

    [Fact]
    public void The_clock_starts_near_zero_and_never_goes_back()
    {
        var last = Device.Now;
        for (int i = 0; i < 100; i++)
        {
            var now = Device.Now;
            Assert.True(now >= last);
            last = now;
        }
    }

    private static MemoryRange Floats(CaseMemory memory, float value) =>
        memory.Upload(MemoryTier.Activation, BitConverter.GetBytes(value));

    private static float Read(MemoryRange range)
    {
        var bytes = new byte[sizeof(float)];
        range.Memory.Read(range.Offset, bytes);
        return BitConverter.ToSingle(bytes);
    }

    private DispatchCommand AddOne(MemoryRange source, MemoryRange target, IDevice? device = null)
    {
        var scalar = TensorView.Dense(ElementType.Float32, Shape.Scalar);
        var desc = new ElementwiseKernel
        {
            Name = "add one",
            Inputs = [scalar],
            Output = scalar,
            Program = new ElementwiseProgram(
                1,
                [
                    new ElementwiseInstruction(ElementwiseOp.Constant, ElementType.Float32, Immediate: 1),
                    new ElementwiseInstruction(ElementwiseOp.Add, ElementType.Float32, 0, 1),
                ]),
        };
        return new DispatchCommand { Kernel = (device ?? Device).Prepare(desc), Inputs = [source], Output = target };
    }

    private sealed class RecordedTrace : ITraceSink
    {
        private readonly List<TraceEvent> events = [];

        public List<TraceEvent> Events
        {
            get
            {
                lock (events)
                {
                    return [.. events];
                }
            }
        }

        public void Add(TraceEvent traceEvent)
        {
            lock (events)
            {
                events.Add(traceEvent);
            }
        }
    }
}
