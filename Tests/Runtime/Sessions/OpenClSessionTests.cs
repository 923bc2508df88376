using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.Host;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Runtime.Sessions;

/// <summary>Whole models on an OpenCL device, as it is and in the part of a GPU with textures, resident and streamed, against the host.</summary>
public sealed class OpenClSessionTests : IDisposable
{
    private const long ChunkBytes = 16 * 1024;

    private readonly TemporaryFolder folder = new();

    /// <summary>Model, weight type, form of the device, move mode.</summary>
    public static TheoryData<string, ElementType, string, MoveMode> Cases
    {
        get
        {
            var cases = new TheoryData<string, ElementType, string, MoveMode>();
            foreach (string model in new[] { "convnet", "transformer" })
            {
                foreach (ElementType weights in new[] { ElementType.Float16, ElementType.Float32 })
                {
                    cases.Add(model, weights, "zero copy", MoveMode.CopyQueue);
                    cases.Add(model, weights, "textures", MoveMode.CopyQueue);
                    cases.Add(model, weights, "textures", MoveMode.InKernel);
                    cases.Add(model, weights, "buffers", MoveMode.CopyQueue);
                }
            }

            return cases;
        }
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Streamed_runs_equal_resident_ones_and_agree_with_the_host(
        string name, ElementType weights, string form, MoveMode mode)
    {
        string path = name == "convnet" ? SmallModels.WriteConvNet(folder) : SmallModels.WriteTransformer(folder);
        OpenClDevice device = OpenClTestDevice.Open(form switch
        {
            "textures" => new OpenClDeviceOptions { ZeroCopy = false, WeightImages = true, CpuKernels = false },
            "buffers" => new OpenClDeviceOptions { ZeroCopy = false, WeightImages = false },
            _ => new OpenClDeviceOptions(),
        });
        ClHandleCounts handles = device.Handles;
        await using (device)
        {
            var options = new SessionOptions
            {
                Device = device, CacheDirectory = folder["cache"], ChunkBytes = ChunkBytes, WeightType = weights, MoveMode = mode,
            };
            Dictionary<string, Tensor> inputs;
            Dictionary<string, float[]> expected;
            long all;
            await using (StreamingSession resident = await StreamingSession.LoadAsync(path, options))
            {
                inputs = SmallModels.Inputs(resident.InputMetadata);
                expected = Values(await resident.RunAsync(inputs));
                all = resident.Plan.PeakBytes;
            }

            await using (HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 }))
            {
                SessionOptions onHost = options with { Device = host, MoveMode = MoveMode.CopyQueue };
                await using StreamingSession reference = await StreamingSession.LoadAsync(path, onHost);
                foreach ((string output, float[] values) in Values(await reference.RunAsync(inputs)))
                {
                    float largest = values.Max(Math.Abs);
                    Assert.All(values.Zip(expected[output]), pair => Assert.InRange(pair.Second - pair.First, -1e-4f * largest, 1e-4f * largest));
                }
            }

            await using StreamingSession streamed = await StreamingSession.LoadAsync(path, options with { BudgetBytes = all - (6 * ChunkBytes) });
            for (int run = 0; run < 3; run++)
            {
                RunResult result = await streamed.RunAsync(inputs);

                Assert.Equal(expected, Values(result));
                Assert.True(result.Report.Memory.PeakBytes <= result.Report.Memory.PlannedPeakBytes);
                if (run == 0)
                {
                    Assert.Equal(form != "zero copy", result.Trace!.Events.Any(e => e.Lane == TraceLane.Transfer && e.Bytes > 0));
                }
            }
        }

        Assert.Equal("", handles.ToString());
    }

    private static Dictionary<string, float[]> Values(RunResult result) =>
        result.Outputs.ToDictionary(output => output.Key, output => output.Value.As<float>().Data.ToArray());
}
