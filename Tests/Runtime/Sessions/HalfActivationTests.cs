using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Runtime.Queues;
using FlashMem.Runtime.Sessions;
using FlashMem.Runtime.Stages;
using FlashMem.Scheduling.Plans;
using FlashMem.Simulator.Device;
using FlashMem.Tests.Simulator.Device;
using FlashMem.Tests.Support;
using Xunit;
using static FlashMem.Tests.Support.SessionChecks;

namespace FlashMem.Tests.Runtime.Sessions;

/// <summary>Whole models with activations of halves: less memory, the same bits streamed and resident, close to single precision.</summary>
[Collection("host")]
public sealed class HalfActivationTests : IDisposable
{
    private const long ChunkBytes = 16 * 1024;

    /// <summary>Largest difference from activations in single precision against the largest output: some steps of halves (2^-11).</summary>
    private const float Tolerance = 4e-3f;

    private readonly TemporaryFolder folder = new();

    private SessionOptions Options => new()
    {
        CacheDirectory = folder["cache"], ChunkBytes = ChunkBytes, ActivationType = ElementType.Float16,
    };

    public static TheoryData<string, string> Cases => new()
    {
        { "convnet", "sim" }, { "transformer", "sim" },
        { "convnet", "opencl" }, { "transformer", "opencl" },
        { "convnet", "opencl textures" }, { "transformer", "opencl textures" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Streamed_runs_give_the_bits_of_the_resident_one_close_to_single_precision(string model, string kind)
    {
        await using IDevice device = Open(kind);
        string path = Write(model);
        SessionOptions options = Options with { Device = device };
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected, long halfBytes) = await ResidentAsync(path, options);
        long singleBytes = await AgreeAsync(path, options, inputs, expected);
        Assert.InRange(halfBytes, singleBytes * 0.45, singleBytes * 0.95);

        await using StreamingSession streamed = await StreamingSession.LoadAsync(
            path, options with { BudgetBytes = await SmallestBudget(path, options) });
        for (int run = 0; run < 2; run++)
        {
            RunResult result = await streamed.RunAsync(inputs, TestContext.Current.CancellationToken);
            Assert.Equal(expected, Bytes(result.Outputs));
            Assert.Equal("fp16", result.Report.Activations);
            Assert.True(result.Report.Memory.PeakBytes <= streamed.Plan.BudgetBytes);
        }
    }

    [Fact]
    public async Task A_plan_file_brings_its_own_type()
    {
        string path = Write("transformer");
        await using SimulatedDevice device = TestDevices.WithValues();
        SessionOptions options = Options with { Device = device };
        OverlapPlan plan;
        await using (StreamingSession planned = await StreamingSession.LoadAsync(
            path, options with { BudgetBytes = (2 * await SmallestBudget(path, options)) + ChunkBytes }))
        {
            plan = planned.Plan;
        }

        using var file = new MemoryStream();
        PlanJson.Write(file, plan);
        OverlapPlan read = PlanJson.Read(file.ToArray());
        Assert.Equal(ElementType.Float16, read.ActivationType);
        await using StreamingSession session = await StreamingSession.LoadAsync(
            path, options with { Plan = read, ActivationType = ElementType.Float32 });
        RunResult result = await session.RunAsync(SmallModels.Inputs(session.InputMetadata), TestContext.Current.CancellationToken);
        Assert.Equal("fp16", result.Report.Activations);
        string message = (await Assert.ThrowsAsync<VerificationException>(() => StreamingSession.LoadAsync(
            path, options with { Plan = read with { ActivationType = ElementType.Float32 } }))).Message;
        Assert.Contains("activation", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_without_them_refuses_and_says_what_has_them()
    {
        await using HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        string message = (await Assert.ThrowsAsync<UsageException>(
            () => StreamingSession.LoadAsync(Write("convnet"), Options with { Device = host }))).Message;
        Assert.Equal("host keeps activations in 32 bits; half-precision activations need an OpenCL device or a simulated one", message);
    }

    [Fact]
    public async Task Stages_and_queues_give_the_bits_of_the_whole_model()
    {
        string path = Write("transformer");
        await using SimulatedDevice first = TestDevices.WithValues();
        await using SimulatedDevice second = TestDevices.WithValues();
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected, _) = await ResidentAsync(path, Options with { Device = first });
        await using (StagedSession staged = await StagedSession.LoadAsync(
            path, new StagedOptions { Devices = [first, second], Session = Options }))
        {
            StagedResult result = await staged.RunAsync(inputs, TestContext.Current.CancellationToken);
            Assert.Equal(expected, Bytes(result.Outputs));
        }

        await using ModelQueue queue = await ModelQueue.LoadAsync(
            [path], [0, 0], new ModelQueueOptions { Session = Options with { Device = first } });
        int completed = 0;
        await queue.RunAsync(
            [inputs],
            request =>
            {
                completed++;
                Assert.Equal(expected, Bytes(request.Outputs));
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(2, completed);
    }

    private static IDevice Open(string kind) => kind switch
    {
        "sim" => TestDevices.WithValues(),
        "opencl" => OpenClTestDevice.Open(new OpenClDeviceOptions()),
        _ => OpenClTestDevice.Open(new OpenClDeviceOptions { ZeroCopy = false, WeightImages = true, CpuKernels = false }),
    };

    private static async Task<(Dictionary<string, Tensor> Inputs, Dictionary<string, byte[]> Outputs, long ActivationBytes)> ResidentAsync(
        string path, SessionOptions options)
    {
        await using StreamingSession resident = await StreamingSession.LoadAsync(path, options);
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(resident.InputMetadata);
        RunResult result = await resident.RunAsync(inputs);
        return (inputs, Bytes(result.Outputs), resident.Plan.ActivationBytes);
    }

    /// <summary>Compares with the same device in single precision, whose activations take the returned bytes.</summary>
    private static async Task<long> AgreeAsync(
        string path, SessionOptions options, Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> halves)
    {
        await using StreamingSession single = await StreamingSession.LoadAsync(path, options with { ActivationType = ElementType.Float32 });
        RunResult result = await single.RunAsync(inputs);
        foreach ((string name, Tensor output) in result.Outputs)
        {
            ReadOnlySpan<float> right = output.As<float>().Data.Span;
            ReadOnlySpan<float> got = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(halves[name]);
            (float largest, float difference) = Compare(right, got);
            Assert.True(difference > 0 && difference <= Tolerance * largest, $"{name}: {difference} of {largest}");
        }

        return single.Plan.ActivationBytes;
    }

    private string Write(string model) => model == "convnet" ? SmallModels.WriteConvNet(folder) : SmallModels.WriteTransformer(folder);
}
