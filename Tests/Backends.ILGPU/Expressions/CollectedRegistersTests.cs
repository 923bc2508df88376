using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Device;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Conformance.Cases;
using Xunit;

namespace FlashMem.Tests.Backends.Ilgpu.Expressions;

/// <summary>Results of expressions, whose registers are local memory, must not depend on when the collector runs.</summary>
public sealed class CollectedRegistersTests
{
    [Fact]
    public async Task Expressions_are_the_references_while_the_collector_runs_without_pause()
    {
        await using IlgpuDevice device = IlgpuDevice.Open(new IlgpuDeviceOptions { Kind = IlgpuDeviceKind.Cpu });
        using var stop = new CancellationTokenSource();
        Task collector = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        try
        {
            for (int seed = 0; seed < 30; seed++)
            {
                CaseRunner.Check(device, RandomCases.Create(KernelFamily.Resize, new Random(seed)), $"seed {seed}");
            }
        }
        finally
        {
            await stop.CancelAsync();
            await collector;
        }
    }
}
