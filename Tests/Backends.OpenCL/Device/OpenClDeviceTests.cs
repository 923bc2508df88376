using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Device;

/// <summary>What is the OpenCL device's own: launches of source text, handles, errors.</summary>
public sealed class OpenClDeviceTests
{
    [Fact]
    public async Task A_launch_reads_one_buffer_and_writes_another()
    {
        await using OpenClDevice device = OpenClTestDevice.Open();
        using var memory = new CaseMemory(device);
        float[] values = [.. Enumerable.Range(0, 1000).Select(i => (float)i)];
        MemoryRange source = memory.Upload(MemoryTier.Activation, MemoryMarshal.AsBytes(values.AsSpan()));
        MemoryRange target = memory.Upload(MemoryTier.Activation, new byte[source.Bytes]);
        IClKernel kernel = device.Prepare(SourceKernel.Add(5));
        Timeline done = device.CreateTimeline("done");

        device.ComputeQueue.Dispatch(SourceKernel.Command(kernel, source, target), [], done.At(1));
        done.Wait(1);

        var result = new float[values.Length];
        target.Memory.Read(0, MemoryMarshal.AsBytes(result.AsSpan()));
        Assert.Equal(values.Select(value => value + 5), result);
    }
}
