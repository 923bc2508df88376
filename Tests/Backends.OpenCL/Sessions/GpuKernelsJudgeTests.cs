using FlashMem.Abstractions.Devices;
using FlashMem.Backends.Host;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Runtime.Sessions;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Sessions;

/// <summary>Zoo models through the kernels for GPUs on whatever OpenCL device is here, against the host. Minutes on a CPU driver.</summary>
public sealed class GpuKernelsJudgeTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-3;

    [Theory(Explicit = true)]
    [InlineData("resnet50")]
    [InlineData("sd15-unet")]
    public async Task Kernels_for_gpus_agree_with_the_host(string model)
    {
        string path = await ZooFiles.MakeAsync(model);
        await using HostDevice host = HostDevice.Open(new HostDeviceOptions());
        await using OpenClDevice device = OpenClTestDevice.Open(new OpenClDeviceOptions { CpuKernels = false, DepthInterleave = 4 });
        IReadOnlyDictionary<string, Tensor> expected = await Run(path, host);
        IReadOnlyDictionary<string, Tensor> actual = await Run(path, device);
        foreach ((string name, Tensor tensor) in expected)
        {
            float[] wanted = ((Tensor<float>)tensor).Data.ToArray();
            float[] given = ((Tensor<float>)actual[name]).Data.ToArray();
            double worst = wanted.Zip(given, (a, b) => Math.Abs((double)a - b)).Max() / wanted.Max(value => Math.Abs((double)value));
            output.WriteLine($"{model}, {name}: largest difference {worst:g3} of the largest magnitude");
            Assert.True(worst <= Tolerance, $"{name} differs by {worst:g3} of its largest magnitude");
        }
    }

    private static async Task<IReadOnlyDictionary<string, Tensor>> Run(string path, IDevice device)
    {
        await using StreamingSession session = await StreamingSession.LoadAsync(
            path, new SessionOptions { Device = device, CacheDirectory = ZooFiles.Folder }, null, TestContext.Current.CancellationToken);
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
        return (await session.RunAsync(inputs, TestContext.Current.CancellationToken)).Outputs;
    }
}
