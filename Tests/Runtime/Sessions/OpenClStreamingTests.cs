using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Tests.Support;
using Xunit;
using static FlashMem.Tests.Support.SessionChecks;

namespace FlashMem.Tests.Runtime.Sessions;

/// <summary>
/// Whole models through an OpenCL device with memory of its own, weights in images and in buffers: whatever the budget and however the
/// chunks move, the outputs are those of the run in which everything is resident.
/// </summary>
public sealed class OpenClStreamingTests(OpenClStreamingTests.Folder folder) : IClassFixture<OpenClStreamingTests.Folder>
{
    private const long ChunkBytes = 16 * 1024;

    /// <summary>Largest difference from the host against the largest output: both sum the same products, in another order.</summary>
    private const float Tolerance = 2e-5f;

    /// <summary>Every pair of model, weight type and images or buffers; drivers for processors compile too slowly for all triples.</summary>
    public static TheoryData<string, ElementType, bool> Cases => new()
    {
        { "convnet", ElementType.Float16, true },
        { "convnet", ElementType.Float32, false },
        { "transformer", ElementType.Float16, false },
        { "transformer", ElementType.Float32, true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Both_move_modes_give_the_bits_of_the_resident_run(string model, ElementType weights, bool images)
    {
        await using OpenClDevice device = OpenClTestDevice.Open(new OpenClDeviceOptions
        {
            ZeroCopy = false,
            CpuKernels = false,
            WeightImages = images,
            TextureBlockBytes = 4 * ChunkBytes,
            ProgramCacheDirectory = folder["programs"],
        });
        string path = folder.Model(model);
        SessionOptions options = new()
        {
            Device = device,
            CacheDirectory = folder["weights"],
            ChunkBytes = ChunkBytes,
            WeightType = weights,

            // Slow enough that kernels have capacity to carry chunks, whatever device is here.
            Spec = device.Spec with { ComputeRate = device.Spec.ComputeRate with { Value = 1e9 } },
        };
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected) = await ResidentAsync(path, options);

        foreach (MoveMode mode in Enum.GetValues<MoveMode>())
        {
            SessionOptions streamed = options with { MoveMode = mode };
            int carried = 0;
            long smallest = await SmallestBudget(path, streamed);
            foreach (long budget in new[] { smallest, smallest + (8 * ChunkBytes) })
            {
                await using StreamingSession session = await StreamingSession.LoadAsync(path, streamed with { BudgetBytes = budget });
                carried += session.Plan.Steps.Sum(step => step.Moves.Count(move => move.Mode == MoveMode.InKernel));
                for (int run = 0; run < 2; run++)
                {
                    RunResult result = await session.RunAsync(inputs);
                    Assert.Equal(expected, Bytes(result));
                    Assert.True(result.Report.StreamedBytes > 0);
                    Assert.True(result.Report.Memory.PeakBytes <= budget);
                }
            }

            Assert.Equal(mode == MoveMode.InKernel, carried > 0);
        }
    }

    /// <summary>Runs with everything resident, on the device and on the host, and compares the two.</summary>
    private static async Task<(Dictionary<string, Tensor> Inputs, Dictionary<string, byte[]> Outputs)> ResidentAsync(
        string path, SessionOptions options)
    {
        await using StreamingSession resident = await StreamingSession.LoadAsync(path, options);
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(resident.InputMetadata);
        RunResult result = await resident.RunAsync(inputs);

        await using HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        await using StreamingSession reference = await StreamingSession.LoadAsync(path, options with { Device = host, MoveMode = MoveMode.CopyQueue });
        RunResult expected = await reference.RunAsync(inputs);
        foreach ((string name, Tensor output) in expected.Outputs)
        {
            ReadOnlySpan<float> right = output.As<float>().Data.Span;
            ReadOnlySpan<float> got = result.Outputs[name].As<float>().Data.Span;
            (float largest, float difference) = Compare(right, got);
            Assert.True(largest > 0 && difference <= Tolerance * largest, $"{name}: {difference} of {largest}");
        }

        return (inputs, Bytes(result));
    }

    /// <summary>Models, weight files and compiled programs that the cases share.</summary>
    public sealed class Folder : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        internal string this[string name] => folder[name];

        internal string Model(string name) => File.Exists(folder[name + ".onnx"])
            ? folder[name + ".onnx"]
            : name == "convnet" ? SmallModels.WriteConvNet(folder) : SmallModels.WriteTransformer(folder);

        public void Dispose() => folder.Dispose();
    }
}
