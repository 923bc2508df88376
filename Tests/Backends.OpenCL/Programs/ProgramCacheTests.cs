using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Programs;

/// <summary>Compiled programs on disk: used when they are right, deleted and rebuilt when they are anything else.</summary>
public sealed class ProgramCacheTests : IDisposable
{
    private static readonly ProgramKey Key = new(1, 2);
    private static readonly byte[] Binary = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    private readonly TemporaryFolder folder = new();
    private readonly ProgramCache cache;

    public ProgramCacheTests() => cache = new ProgramCache(Path.Combine(folder.Path, "programs"));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_read_back_and_leaves_nothing_else()
    {
        Assert.Null(cache.Read(Key, out string? before));
        Assert.Null(before);
        Assert.Null(cache.Write(Key, Binary));

        Assert.Equal(Binary, cache.Read(Key, out string? problem));
        Assert.Null(problem);
        Assert.Equal([cache.PathOf(Key)], Directory.GetFiles(Path.GetDirectoryName(cache.PathOf(Key))!));
    }

    [Fact]
    public void An_entry_of_another_driver_is_deleted()
    {
        cache.Write(Key, Binary);

        Assert.Null(cache.Read(Key with { Content = 3 }, out string? problem));
        Assert.Contains("another driver", problem);
        Assert.False(File.Exists(cache.PathOf(Key)));
    }

    [Fact]
    public void No_byte_of_an_entry_can_change_unnoticed()
    {
        cache.Write(Key, Binary);
        byte[] whole = File.ReadAllBytes(cache.PathOf(Key));
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= 0x10;
            File.WriteAllBytes(cache.PathOf(Key), changed);

            Assert.Null(cache.Read(Key, out string? problem));
            Assert.NotNull(problem);
            Assert.False(File.Exists(cache.PathOf(Key)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(56)]
    [InlineData(1055)]
    public void A_truncated_entry_is_deleted(int bytes)
    {
        cache.Write(Key, Binary);
        using (FileStream file = File.OpenWrite(cache.PathOf(Key)))
        {
            file.SetLength(bytes);
        }

        Assert.Null(cache.Read(Key, out string? problem));
        Assert.NotNull(problem);
        Assert.False(File.Exists(cache.PathOf(Key)));
    }

    [Fact]
    public void A_directory_that_cannot_be_written_is_said_and_nothing_is_left()
    {
        string blocked = Path.Combine(folder.Path, "file");
        File.WriteAllText(blocked, "not a directory");

        Assert.Contains(blocked, new ProgramCache(blocked).Write(Key, Binary));
    }

    [Fact]
    public void Every_part_of_the_key_counts()
    {
        OpenClTestDevice.Require();
        OpenClDeviceInfo device = OpenClPlatforms.Get(0);
        ProgramKey[] keys =
        [
            ProgramKey.Of("source", "options", device),
            ProgramKey.Of("sourc", "eoptions", device),
            ProgramKey.Of("source", "other", device),
            ProgramKey.Of("source", "options", device with { Name = "other" }),
            ProgramKey.Of("source", "options", device with { PlatformName = "other" }),
            ProgramKey.Of("source", "options", device with { DriverVersion = "other" }),
            ProgramKey.Of("source", "options", device with { PlatformVersion = "other" }),
        ];

        Assert.Equal(keys.Length, keys.Select(key => key.Content).Distinct().Count());
        Assert.Equal(5, keys.Select(key => key.Slot).Distinct().Count());
        Assert.Equal(keys[0], ProgramKey.Of("source", "options", device));
    }

    [Fact]
    public async Task A_second_start_compiles_nothing()
    {
        Assert.Equal(new OpenClProgramStatistics(1, 0, 0, null), await UseAsync());
        Assert.Equal(new OpenClProgramStatistics(0, 1, 0, null), await UseAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task A_damaged_entry_is_built_again(int at)
    {
        await UseAsync();
        string file = Directory.GetFiles(Path.Combine(folder.Path, "programs")).Single();
        byte[] bytes = File.ReadAllBytes(file);
        bytes[at] ^= 1;
        File.WriteAllBytes(file, bytes);

        OpenClProgramStatistics rebuilt = await UseAsync();

        Assert.Equal((1, 0, 1), (rebuilt.Compiled, rebuilt.Hits, rebuilt.Discarded));
        Assert.Contains(file, rebuilt.Problem);
        Assert.Equal(new OpenClProgramStatistics(0, 1, 0, null), await UseAsync());
    }

    [Fact]
    public async Task A_binary_that_the_driver_refuses_is_built_again()
    {
        await UseAsync();
        string file = Directory.GetFiles(Path.Combine(folder.Path, "programs")).Single();
        string source = SourceKernel.Add(1).Functions[0].Source;
        ProgramKey key = ProgramKey.Of(source, ClProgramStore.BuildOptions, OpenClPlatforms.Get(0));
        var programs = new ProgramCache(Path.Combine(folder.Path, "programs"));
        Assert.Equal(file, programs.PathOf(key));
        programs.Write(key, new byte[100]);

        OpenClProgramStatistics rebuilt = await UseAsync();

        Assert.Equal((1, 0, 1), (rebuilt.Compiled, rebuilt.Hits, rebuilt.Discarded));
        Assert.Contains("refused", rebuilt.Problem);
        Assert.Equal(new OpenClProgramStatistics(0, 1, 0, null), await UseAsync());
    }

    [Fact]
    public async Task Equal_sources_are_compiled_once()
    {
        await using OpenClDevice device = OpenClTestDevice.Open();
        device.Prepare(SourceKernel.Add(1));
        device.Prepare(SourceKernel.Add(2));
        device.Prepare(SourceKernel.Add(2, "another source"));

        Assert.Equal(new OpenClProgramStatistics(2, 0, 0, null), device.ProgramStatistics);
    }

    [Fact]
    public async Task A_source_that_does_not_compile_is_an_error_with_kernel_and_build_log()
    {
        await using OpenClDevice device = OpenClTestDevice.Open();
        var broken = new SourceKernel("broken one", new ClFunction("__kernel void f() { undeclared_name = 1; }", "f"), _ => []);

        var error = Assert.Throws<DeviceException>(() => device.Prepare(broken));

        Assert.Equal(5, error.ExitCode);
        Assert.Contains("broken one", error.Message);
        Assert.Contains("clBuildProgram", error.Message);
        Assert.Contains("undeclared_name", error.Message);
    }

    [Fact]
    public async Task A_function_that_the_source_does_not_have_is_named()
    {
        await using OpenClDevice device = OpenClTestDevice.Open();
        var wrong = new SourceKernel("wrong", new ClFunction("__kernel void f() { }", "g"), _ => []);

        Assert.Contains("g", Assert.Throws<DeviceException>(() => device.Prepare(wrong)).Message);
    }

    private async Task<OpenClProgramStatistics> UseAsync()
    {
        await using OpenClDevice device = OpenClTestDevice.Open(
            new OpenClDeviceOptions { ProgramCacheDirectory = Path.Combine(folder.Path, "programs") });
        device.Prepare(SourceKernel.Add(1));
        return device.ProgramStatistics;
    }
}
