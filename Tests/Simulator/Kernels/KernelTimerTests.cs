using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Devices;
using FlashMem.Simulator.Kernels;
using FlashMem.Simulator.Specs;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Simulator.Kernels;

/// <summary>The timer: deterministic, remembers by structure, saves and loads.</summary>
public sealed class KernelTimerTests
{
    [Fact]
    public void Equal_layers_are_simulated_once_and_names_do_not_matter()
    {
        var timer = new KernelTimer(SimulatorKernels.Phone);
        KernelTiming first = Time(timer, SimulatorKernels.Product(64, 128, 128, "a"), 0);
        KernelTiming second = Time(timer, SimulatorKernels.Product(64, 128, 128, "b"), 0);
        Time(timer, SimulatorKernels.Product(64, 128, 160, "c"), 0);

        Assert.Equal(first, second);
        Assert.Equal(2, timer.Simulated);
    }

    [Fact]
    public void Two_timers_agree_to_the_picosecond()
    {
        KernelDesc kernel = SimulatorKernels.Conv(32, 16, 64, 3, 1);

        Assert.Equal(Time(new KernelTimer(SimulatorKernels.Phone), kernel, 100_000), Time(new KernelTimer(SimulatorKernels.Phone), kernel, 100_000));
    }

    [Fact]
    public void A_saved_cache_answers_in_the_next_process()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "times.json");
        var timer = new KernelTimer(SimulatorKernels.Phone);
        KernelDesc kernel = SimulatorKernels.Product(64, 128, 128);
        KernelTiming timing = Time(timer, kernel, 50_000);
        Assert.True(timer.Cache.Changed);
        timer.Cache.Save(path);

        var later = new KernelTimer(SimulatorKernels.Phone, KernelTimerCache.Load(path, SimulatorKernels.Phone));
        Assert.Equal(timing, Time(later, kernel, 50_000));
        Assert.Equal(0, later.Simulated);
        Assert.False(later.Cache.Changed);
    }

    [Fact]
    public void A_cache_is_of_one_device_and_ignores_what_kernels_do_not_see()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "times.json");
        var timer = new KernelTimer(SimulatorKernels.Phone);
        Time(timer, SimulatorKernels.Add(1000), 0);
        timer.Cache.Save(path);
        SimulatorSpec phone = SimulatorKernels.Phone;
        SimulatorSpec storage = phone with { Storage = phone.Storage with { Latency = new Figure(1, "s", FigureKind.Estimate, "test") } };
        SimulatorSpec cache = phone with
        {
            Memory = phone.Memory with
            {
                TextureL1 = phone.Memory.TextureL1 with { Size = new Figure(4096, "B", FigureKind.Estimate, "test") },
            },
        };

        Assert.Equal(1, KernelTimerCache.Load(path, storage).Count);
        Assert.Equal(0, KernelTimerCache.Load(path, cache).Count);
        Assert.Throws<UsageException>(() => new KernelTimer(cache, KernelTimerCache.For(phone)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"schema\": 3 }")]
    [InlineData("{ \"schema\": \"flashmem.kernel-times/0\", \"device\": \"\", \"kernels\": {} }")]
    public void A_damaged_file_is_no_cache(string text)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "times.json");
        File.WriteAllText(path, text);

        Assert.Equal(0, KernelTimerCache.Load(path, SimulatorKernels.Phone).Count);
    }

    [Fact]
    public void A_kernel_is_not_faster_than_its_arithmetic_its_reads_and_its_traffic()
    {
        SimulatorSpec phone = SimulatorKernels.Phone;
        KernelDesc product = SimulatorKernels.Product(128, 1024, 1024);
        KernelDesc add = SimulatorKernels.Add(1 << 20);
        var timer = new KernelTimer(phone);
        double macsPerSecond = phone.Compute.Cores.Value * phone.Compute.Clock.Value * phone.Compute.Fp16PerClock.Value;
        KernelTiming streamed = Time(timer, add, 0);

        Assert.True(Time(timer, product, 0).Alone.Picoseconds > 128.0 * 1024 * 1024 / macsPerSecond * 1e12);
        Assert.True(streamed.Alone.Picoseconds > 6.0 * (1 << 20) / phone.Memory.Dram.GpuBandwidth.Value * 1e12);
        Assert.InRange(streamed.DramBytes, 6L << 20, 7L << 20);
        Assert.Equal("dram", streamed.BoundBy);
    }

    [Fact]
    public void Carried_bytes_cross_dram_twice()
    {
        var timer = new KernelTimer(SimulatorKernels.Phone);
        KernelDesc kernel = SimulatorKernels.Product(128, 768, 768);
        const long Bytes = 2 << 20;
        long more = Time(timer, kernel, Bytes).DramBytes - Time(timer, kernel, 0).DramBytes;

        Assert.InRange(more, Bytes * 19 / 10, Bytes * 5 / 2);
    }

    private static KernelTiming Time(KernelTimer timer, KernelDesc kernel, long bytes) =>
        timer.Time(kernel, SimulatorKernels.All(kernel), bytes);
}
