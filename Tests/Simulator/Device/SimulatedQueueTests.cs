using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Runtime.Queues;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Queues;
using FlashMem.Simulator.Device;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Queues of different models on a simulated phone: the bits of each model alone on the host, under one budget.</summary>
[Collection("host")]
public sealed class SimulatedQueueTests : IAsyncLifetime
{
    private const long ChunkBytes = 16 * 1024;

    private readonly TemporaryFolder folder = new();
    private readonly HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
    private readonly string[] paths;
    private readonly List<Dictionary<string, Tensor>> inputs = [];
    private readonly List<Dictionary<string, byte[]>> expected = [];
    private long largest;

    public SimulatedQueueTests()
    {
        string chain = ChainModel.Write(folder.Path, layers: 6, width: 96);
        paths = [SmallModels.WriteConvNet(folder), SmallModels.WriteTransformer(folder), chain];
    }

    private SessionOptions Options => new() { CacheDirectory = folder["cache"], ChunkBytes = ChunkBytes, HashOutputs = true };

    public async ValueTask InitializeAsync()
    {
        foreach (string path in paths)
        {
            await using StreamingSession session = await StreamingSession.LoadAsync(path, Options with { Device = host });
            inputs.Add(SmallModels.Inputs(session.InputMetadata));
            RunResult alone = await session.RunAsync(inputs[^1]);
            expected.Add(alone.Outputs.ToDictionary(output => output.Key, output => output.Value.Bytes.ToArray()));
            largest = Math.Max(largest, session.Plan.PeakBytes);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Equal(0, host.AllocatedBytes);
        await host.DisposeAsync();
        folder.Dispose();
    }

    [Property(MaxTest = 12)]
    public async Task Every_request_has_the_bits_of_its_model_alone_and_memory_stays_within_the_budget(int seed, byte share, bool separate)
    {
        int[] requests = QueueOrder.Random.Requests([0, 1, 2], 3, seed);
        long budget = largest + (largest * share / 255);
        QueueResult first = await Run(requests, budget, separate ? HandoverMode.None : HandoverMode.Tail);
        QueueResult second = await Run(requests, budget, separate ? HandoverMode.None : HandoverMode.Tail);

        QueueReport report = first.Report;
        Assert.Equal(requests.Length, report.Requests.Length);
        Assert.Equal(separate ? "none" : "tail", report.Handover);
        Assert.InRange(report.Memory.Allocated.Bytes, 1, budget);
        Assert.InRange(report.Memory.InUse.Bytes, 1, report.Memory.Allocated.Bytes);
        Assert.True(report.Memory.Allocated.Bytes <= report.Memory.Planned.Bytes);
        Assert.All(report.Requests, request => Assert.InRange(request.PeakBytes, 1, report.Memory.InUse.Bytes));
        Assert.All(
            report.Requests.Zip(report.Requests.Skip(1)),
            pair => Assert.True(pair.First.EndMs <= pair.Second.StartMs && pair.First.Index + 1 == pair.Second.Index));
        Assert.Equal(Json(report), Json(second.Report));
        Assert.Equal(Chrome(first), Chrome(second));
    }

    [Fact]
    public async Task Loading_under_the_tail_is_faster_and_loads_ahead()
    {
        int[] requests = QueueOrder.Fifo.Requests([0, 1, 2], 3, seed: 1);
        QueueReport tail = (await Run(requests, 2 * largest, HandoverMode.Tail)).Report;
        QueueReport none = (await Run(requests, 2 * largest, HandoverMode.None)).Report;

        Assert.True(tail.TotalMs < none.TotalMs, $"{tail.TotalMs} ms under the tail, {none.TotalMs} ms one after the other");
        Assert.All(none.Requests, request => Assert.Equal(0, request.AheadBytes));
        Assert.True(tail.Requests.Count(request => request.AheadBytes > 0) > requests.Length / 2);
        Assert.All(tail.Requests, request => Assert.InRange(request.AheadBytes, 0, request.StorageBytes));
        Assert.True(tail.TotalMs >= tail.ComputeBusyMs && tail.TotalMs >= tail.StorageBusyMs);
    }

    [Fact]
    public async Task The_trace_has_all_requests_on_one_axis()
    {
        QueueResult result = await Run([0, 1, 0], 2 * largest, HandoverMode.Tail);
        string trace = System.Text.Encoding.UTF8.GetString(Chrome(result));
        Assert.Contains("\"requests\"", trace, StringComparison.Ordinal);
        foreach (RequestFigures request in result.Report.Requests)
        {
            Assert.Contains($"\"{request.Index} {request.Model}\"", trace, StringComparison.Ordinal);
            Assert.Contains($"\"{request.Index} {request.Model}: ", trace, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_device_without_the_memory_refuses_and_a_small_budget_names_the_model()
    {
        await using SimulatedDevice poor = TestDevices.WithValues(new SimulatorFaults { MemoryBytes = largest / 4 });
        await Assert.ThrowsAsync<DeviceException>(() => Load(poor, [0, 1], 2 * largest, HandoverMode.Tail));
        await using SimulatedDevice device = TestDevices.WithValues();
        var error = await Assert.ThrowsAsync<BudgetException>(() => Load(device, [0, 1], 8192, HandoverMode.Tail));
        Assert.Equal(8192, error.BudgetBytes);
        Assert.Contains("8192 bytes", error.Message, StringComparison.Ordinal);
    }

    private Task<ModelQueue> Load(SimulatedDevice device, int[] requests, long budget, HandoverMode handover) => ModelQueue.LoadAsync(
        paths, requests, new ModelQueueOptions { Session = Options with { Device = device, BudgetBytes = budget }, Handover = handover });

    private async Task<QueueResult> Run(int[] requests, long budget, HandoverMode handover)
    {
        await using SimulatedDevice device = TestDevices.WithValues();
        await using ModelQueue queue = await Load(device, requests, budget, handover);
        return await queue.RunAsync(inputs, request =>
        {
            foreach ((string name, byte[] bytes) in expected[requests[request.Index]])
            {
                Assert.Equal(bytes, request.Outputs[name].Bytes.ToArray());
            }
        });
    }

    private static byte[] Json(QueueReport report)
    {
        using var stream = new MemoryStream();
        QueueReportJson.Write(stream, report);
        return stream.ToArray();
    }

    private static byte[] Chrome(QueueResult result)
    {
        using var stream = new MemoryStream();
        result.Trace.WriteChrome(stream);
        return stream.ToArray();
    }
}
