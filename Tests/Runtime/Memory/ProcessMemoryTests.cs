using FlashMem.Runtime.Memory;
using Xunit;

namespace FlashMem.Tests.Runtime.Memory;

public sealed class ProcessMemoryTests
{
    [Fact]
    public void Reads_the_counters_of_a_linux_status_file()
    {
        ProcessMemory memory = ProcessMemory.Parse(
        [
            "Name:\tflashmem",
            "VmHWM:\t   20480 kB",
            "VmRSS:\t   10240 kB",
            "RssAnon:\t    6144 kB",
            "RssFile:\t    4000 kB",
            "RssShmem:\t      96 kB",
        ]);
        Assert.Equal(new ProcessMemory(20480 * 1024, 10240 * 1024, 6144 * 1024, 4096 * 1024), memory);
    }

    [Fact]
    public void This_process_has_memory()
    {
        ProcessMemory memory = ProcessMemory.Read();
        Assert.InRange(memory.ResidentBytes, 1 << 20, long.MaxValue);
        Assert.InRange(memory.PeakResidentBytes, 1 << 20, long.MaxValue);
    }
}
