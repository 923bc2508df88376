using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Tuning;
using FlashMem.Tests.Support;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Tuning;

/// <summary>Tuned tiles on disk: used when they are right, deleted when they are anything else.</summary>
public sealed class TileStoreTests : IDisposable
{
    private static readonly TileProblem Problem = TileProblem.Of(
        "a kernel", new NamedTiles("table"), [new NamedTiles("other"), new NamedTiles("table")]);

    private static readonly TileEntry Entry = new("a kernel", "other", 2, 2, 3.5, 2.5);

    private static readonly OpenClDeviceInfo Device = new()
    {
        Index = 0,
        Kind = OpenClDeviceKind.Gpu,
        Name = "device",
        Vendor = "vendor",
        Version = "OpenCL 1.2",
        DriverVersion = "1",
        PlatformName = "platform",
        PlatformVersion = "1",
        Images = true,
        MaxImageWidth = 1,
        MaxImageHeight = 1,
        UnifiedMemory = false,
        ComputeUnits = 4,
        ClockMegahertz = 1,
        MaxWorkGroup = 1,
        LocalBytes = 1,
        MaxAllocationBytes = 1,
        MemoryBytes = 1,
        Extensions = new HashSet<string>(),
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_found_by_the_next_store()
    {
        Assert.Null(Store().Find(Problem));
        Assert.Null(Store().Write(Entry));

        TileStore next = Store();

        Assert.Equal(new NamedTiles("other"), next.Find(Problem));
        Assert.Equal(Entry, next.Entry(Problem));
        Assert.Equal(0, next.Discarded);
    }

    [Fact]
    public void No_byte_of_an_entry_can_change_unnoticed()
    {
        Store().Write(Entry);
        string file = Store().PathOf(Entry.Kernel);
        byte[] whole = File.ReadAllBytes(file);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= 0x10;
            File.WriteAllBytes(file, changed);
            AssertDiscarded(Store());
        }
    }

    [Fact]
    public void Another_driver_or_machine_makes_an_entry_stale()
    {
        foreach (OpenClDeviceInfo other in new[] { Device with { DriverVersion = "2" }, Device with { ComputeUnits = 8 } })
        {
            Store().Write(Entry);
            AssertDiscarded(new TileStore(folder.Path, other));
        }
    }

    [Fact]
    public void Tiles_that_are_no_candidates_are_not_used()
    {
        Store().Write(Entry with { Tiles = "neither" });

        AssertDiscarded(Store());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_faster_memory_of_weights_is_kept(bool images)
    {
        Assert.Null(Store().WeightImages);
        Store().WriteWeightImages(images ? 1 : 2, images ? 2 : 1);

        Assert.Equal(images, Store().WeightImages);
    }

    [Fact]
    public void Nothing_is_looked_for_where_nobody_tuned()
    {
        Assert.Null(TileStore.Existing(null, Device));
        Assert.Null(TileStore.Existing(Path.Combine(folder.Path, "absent"), Device));
        Assert.NotNull(TileStore.Existing(folder.Path, Device));
    }

    [Property]
    public void Every_entry_survives_its_bytes(
        NonNull<string> kernel, NonNull<string> tiles, int tried, int of, NormalFloat table, NormalFloat best)
    {
        // Text of a signature has no lone surrogates, which JSON cannot hold.
        string name = new([.. kernel.Get.Where(letter => !char.IsSurrogate(letter))]);
        string text = new([.. tiles.Get.Where(letter => !char.IsSurrogate(letter))]);
        var entry = new TileEntry(name, text, tried, of, table.Get, best.Get);

        Assert.Equal(entry, TileEntry.TryParse(entry.ToBytes(), out string? problem));
        Assert.Null(problem);
    }

    [Property]
    public void Bytes_that_are_no_entry_are_refused(byte[] bytes)
    {
        Assert.Null(TileEntry.TryParse(bytes, out string? problem));
        Assert.NotNull(problem);
    }

    private static void AssertDiscarded(TileStore store)
    {
        Assert.Null(store.Find(Problem));
        Assert.Equal(1, store.Discarded);
        Assert.Contains(store.PathOf(Entry.Kernel), store.Problem, StringComparison.Ordinal);
        Assert.False(File.Exists(store.PathOf(Entry.Kernel)));
    }

    private TileStore Store() => new(folder.Path, Device);

    private sealed record NamedTiles(string Name) : KernelTiles
    {
        public override string Text => Name;
    }
}
