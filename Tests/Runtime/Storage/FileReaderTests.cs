using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Packing;
using FlashMem.Runtime.Storage;
using FlashMem.Tests.Runtime.Packing;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Runtime.Storage;

public class FileReaderTests
{
    private const int Block = StorageFile.Block;
    private const int Length = 200 * Block;
    private const int MiB = 1 << 20;

    public static TheoryData<string> Readers => ["direct", "buffered", "small requests", "portable"];

    [Theory]
    [MemberData(nameof(Readers))]
    public void All_ranges_arrive_from_the_cache_and_from_the_disk(string kind)
    {
        using var file = new StorageFile(Length);
        using IFileReader reader = Open(file, kind);
        using var memory = new HostMemory(Length);
        (int, int)[] ranges = [(0, Length), (Block, 3), (7 * Block, 70 * Block), (Length - Block, Block), (13, 9000), (0, 0)];
        foreach (bool cached in new[] { true, false })
        {
            foreach ((int offset, int bytes) in ranges)
            {
                if (!cached)
                {
                    file.Evict();
                }

                ReadOutcome outcome = reader.Read(offset, memory.HostAddress, bytes, Length);

                Assert.Equal(bytes, outcome.Bytes);
                Assert.True(memory.Span(0, bytes).SequenceEqual(file.Content.AsSpan(offset, bytes)));
            }
        }
    }

    [Fact]
    public void Cached_bytes_are_taken_from_the_cache_and_the_rest_directly_without_filling_it()
    {
        using var file = new StorageFile(Length);
        Assert.SkipUnless(CanEvict(file), "the file system keeps its pages or the system cannot say");
        using IFileReader reader = file.Open();
        using var memory = new HostMemory(Length);

        file.Evict();
        ReadOutcome cold = reader.Read(0, memory.HostAddress, Length, Length);
        long cachedAfterwards = file.CachedBytes()!.Value;
        File.ReadAllBytes(file.Path);
        ReadOutcome warm = reader.Read(0, memory.HostAddress, Length, Length);

        bool direct = OperatingSystem.IsLinux() && reader is LinuxFileReader { ReadsDirectly: true };
        Assert.Equal(0, cachedAfterwards);
        Assert.Equal(new ReadOutcome(Length, 0, direct ? Length : 0), cold);
        Assert.Equal(new ReadOutcome(Length, Length, 0), warm);
    }

    [Fact]
    public void A_half_cached_range_is_read_from_both()
    {
        using var file = new StorageFile(Length);
        Assert.SkipUnless(CanEvict(file), "the file system keeps its pages or the system cannot say");
        using IFileReader reader = file.Open();
        using var memory = new HostMemory(Length);
        File.ReadAllBytes(file.Path);
        file.Evict(32 * Block, 64 * Block);

        ReadOutcome outcome = reader.Read(0, memory.HostAddress, Length, Length);

        Assert.Equal(Length, outcome.Bytes);
        Assert.True(memory.Span(0, Length).SequenceEqual(file.Content));
        Assert.Equal(Length - (64 * Block), outcome.CachedBytes);
        Assert.Equal(Length - (64 * Block), file.CachedBytes());
    }

    [Fact]
    public void Reads_without_direct_io_leave_the_page_cache_as_it_was()
    {
        using var file = new StorageFile(Length);
        Assert.SkipUnless(CanEvict(file), "the file system keeps its pages or the system cannot say");
        using IFileReader reader = file.Open(new StorageOptions { Direct = false });
        using var memory = new HostMemory(Length);

        file.Evict();
        reader.Read(0, memory.HostAddress, Length, Length);

        Assert.Equal(0, file.CachedBytes());
    }

    /// <summary>If reading the header started read-ahead, every read of a page that came so would carry it further.</summary>
    [Fact]
    public async Task A_weight_file_that_is_opened_and_streamed_stays_out_of_the_page_cache()
    {
        using var folder = new PackingFolder();
        KernelGraph graph = PackingFolder.Graph(folder.Matrix(ElementType.Float32, depth: 1024, columns: 4096));
        string path = folder.PathOf("packed.flashmem");
        (await folder.PackAsync(graph)).Dispose();
        if (OperatingSystem.IsLinux())
        {
            PageCache.Evict(path);
        }

        Assert.SkipUnless(CachedBytes.Of(path) == 0, "the file system keeps its pages or the system cannot say");

        using WeightFile file = WeightFile.Open(path);
        using IFileReader reader = FileReaders.Open(path, new StorageOptions());
        using var memory = new HostMemory(MiB);
        for (long at = 0; at < file.FileBytes; at += MiB)
        {
            reader.Read(at, memory.HostAddress, (int)Math.Min(MiB, file.FileBytes - at), MiB);
        }

        Assert.InRange(CachedBytes.Of(path)!.Value, 0, file.DataOffset);
    }

    [Property(MaxTest = 30)]
    public void Any_range_of_a_file_in_any_state_arrives(int seed)
    {
        var random = new Random(seed);
        using var file = new StorageFile(random.Next(1, 60 * Block));
        using IFileReader reader = Open(file, Readers.ElementAt(random.Next(4)).Data);
        using var memory = new HostMemory(64 * Block);
        for (int i = 0; i < 5; i++)
        {
            file.Evict(random.Next(60) * Block, random.Next(1, 60) * Block);
            int offset = random.Next(2) == 0 ? random.Next(file.Content.Length) : random.Next(file.Content.Length / Block + 1) * Block;
            int bytes = random.Next(0, 60 * Block);
            int expected = Math.Max(0, Math.Min(bytes, file.Content.Length - offset));
            int capacity = random.Next(2) == 0 ? bytes : 64 * Block;

            ReadOutcome outcome = reader.Read(offset, memory.HostAddress, bytes, capacity);

            Assert.Equal(expected, outcome.Bytes);
            Assert.True(memory.Span(0, expected).SequenceEqual(file.Content.AsSpan(offset, expected)), $"seed {seed}");
        }
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void Writing_and_truncating_change_the_identity(string kind)
    {
        using var file = new StorageFile(Length);
        using IFileReader reader = Open(file, kind);
        FileIdentity before = reader.Identity;
        Assert.Null(before.DifferenceFrom(reader.Identity));

        File.SetLastWriteTimeUtc(file.Path, File.GetLastWriteTimeUtc(file.Path).AddSeconds(1));
        Assert.Equal("it was written to", before.DifferenceFrom(reader.Identity));
        using (FileStream stream = File.Open(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(Block);
        }

        Assert.Equal($"its length was {Length} bytes and is {Block}", before.DifferenceFrom(reader.Identity));
    }

    [Fact]
    public void Another_file_under_the_same_name_has_another_identity()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "inodes are compared on Linux only");
        using var file = new StorageFile(Length);
        DateTime modified = File.GetLastWriteTimeUtc(file.Path);
        File.Copy(file.Path, file.Path + ".new");
        File.Move(file.Path + ".new", file.Path, overwrite: true);
        File.SetLastWriteTimeUtc(file.Path, modified);

        FileIdentity now = FileIdentities.Of(file.Path)!.Value with { ModifiedNanoseconds = file.Identity.ModifiedNanoseconds };

        Assert.Equal("another file took its place", file.Identity.DifferenceFrom(now));
    }

    private static IFileReader Open(StorageFile file, string kind) => kind switch
    {
        "direct" => file.Open(),
        "buffered" => file.Open(new StorageOptions { Direct = false }),
        "small requests" => file.Open(new StorageOptions { RequestBytes = Block * 2 }),
        _ => new PortableFileReader(file.Path, new StorageOptions()),
    };

    private static bool CanEvict(StorageFile file)
    {
        file.Evict();
        return file.CachedBytes() == 0;
    }
}
