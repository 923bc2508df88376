using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.ILGPU.Device;
using FlashMem.Runtime.Sessions;
using FlashMem.Tests.Backends.Ilgpu.Queues;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.Ilgpu.Sessions;

/// <summary>A driver that fails in the middle of a run: on this machine's processors, and on an NVIDIA GPU where there is one.</summary>
public sealed class DriverErrorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(IlgpuDeviceKind.Cpu, DriverCall.Copy, 0)]
    [InlineData(IlgpuDeviceKind.Cpu, DriverCall.Copy, 5)]
    [InlineData(IlgpuDeviceKind.Cpu, DriverCall.Await, 0)]
    [InlineData(IlgpuDeviceKind.Cpu, DriverCall.Await, 9)]
    [InlineData(IlgpuDeviceKind.Cuda, DriverCall.Copy, 5)]
    [InlineData(IlgpuDeviceKind.Cuda, DriverCall.Await, 9)]
    public async Task The_command_is_named_the_next_run_is_right_and_everything_is_freed(IlgpuDeviceKind kind, DriverCall call, int after)
    {
        var fault = new DriverFault();
        string path = SmallModels.WriteTransformer(folder);
        IlgpuDevice device = IlgpuTestDevice.Open(new IlgpuDeviceOptions { Kind = kind, Streams = fault.Watch });
        await using (device)
        {
            var options = new SessionOptions { Device = device, CacheDirectory = folder["weights"], ChunkBytes = 16 * 1024 };
            long smallest = (await Assert.ThrowsAsync<BudgetException>(
                () => StreamingSession.LoadAsync(path, options with { BudgetBytes = 1 }))).SmallestBytes;
            await using StreamingSession session = await StreamingSession.LoadAsync(path, options with { BudgetBytes = smallest });
            IReadOnlyDictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
            RunResult expected = await session.RunAsync(inputs);

            fault.Arm(call, after);
            DeviceException error = await Assert.ThrowsAsync<DeviceException>(() => session.RunAsync(inputs));

            Assert.NotNull(fault.Command);
            Assert.Contains($"'{fault.Command}'", error.Message, StringComparison.Ordinal);
            Assert.Contains("CUDA_ERROR", error.Message, StringComparison.Ordinal);
            foreach ((string name, Tensor output) in (await session.RunAsync(inputs)).Outputs)
            {
                Assert.Equal(expected.Outputs[name].Bytes.ToArray(), output.Bytes.ToArray());
            }
        }

        Assert.False(device.IsOpen);
        Assert.Equal(0, fault.OpenMarkers);
    }
}
