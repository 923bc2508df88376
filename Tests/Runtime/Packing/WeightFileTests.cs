using System.Buffers.Binary;
using System.IO.Hashing;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Packing;
using Xunit;

namespace FlashMem.Tests.Runtime.Packing;

public class WeightFileTests
{
    [Fact]
    public async Task It_gives_back_the_graph_without_sources()
    {
        using var folder = new PackingFolder();
        KernelGraph graph = SomeGraph(folder);

        using WeightFile file = await folder.PackAsync(graph);

        Assert.Equal(graph.ModelHash, file.Graph.ModelHash);
        Assert.Equal(graph.Weights.Select(weight => weight with { Source = null }), file.Graph.Weights);
        Assert.Equal(new FileInfo(file.Path).Length, file.FileBytes);
        Assert.Equal([folder.SourceFile], file.Info.Sources.Select(source => source.Path));
        Assert.Equal(new FileInfo(folder.SourceFile).Length, file.Info.Sources[0].Bytes);
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_in_the_header_is_an_error_that_names_the_file()
    {
        using var folder = new PackingFolder();
        string path = folder.PathOf("damaged.flashmem");
        byte[] good;
        using (WeightFile file = await folder.PackAsync(SomeGraph(folder)))
        {
            good = File.ReadAllBytes(file.Path);
        }

        int headerBytes = HeaderBytes(good);
        for (int position = 0; position < headerBytes; position++)
        {
            byte[] damaged = [.. good];
            damaged[position] ^= (byte)(1 << (position % 8));
            File.WriteAllBytes(path, damaged);

            RunFailedException error = Assert.Throws<RunFailedException>(() => WeightFile.Open(path));
            Assert.Contains($"weight file '{path}' ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_field_with_an_absurd_value_is_an_error_even_under_a_right_checksum()
    {
        using var folder = new PackingFolder();
        string path = folder.PathOf("forged.flashmem");
        byte[] good;
        using (WeightFile file = await folder.PackAsync(SomeGraph(folder)))
        {
            good = File.ReadAllBytes(file.Path);
        }

        long[] absurd = [long.MinValue, -1, 0, 1, 79, 4096, int.MaxValue, long.MaxValue / 2, long.MaxValue];
        foreach (int field in new[] { 8, 16, 24, 32, 40, 48, 56 })
        {
            foreach (long value in absurd)
            {
                byte[] forged = [.. good];
                BinaryPrimitives.WriteInt64LittleEndian(forged.AsSpan(field), value);
                if (forged.AsSpan().SequenceEqual(good))
                {
                    continue;
                }

                Resign(forged, HeaderBytes(good));
                File.WriteAllBytes(path, forged);

                Assert.Throws<RunFailedException>(() => WeightFile.Open(path));
            }
        }
    }

    [Fact]
    public async Task A_truncated_file_is_named_with_both_lengths()
    {
        using var folder = new PackingFolder();
        using WeightFile packed = await folder.PackAsync(SomeGraph(folder));
        byte[] good = File.ReadAllBytes(packed.Path);
        string path = folder.PathOf("short.flashmem");
        foreach (int length in new[] { 0, 1, 79, 80, 81, 4096, good.Length - 1 })
        {
            File.WriteAllBytes(path, good[..length]);

            RunFailedException error = Assert.Throws<RunFailedException>(() => WeightFile.Open(path));

            string says = length < 80 ? "a header needs at least 80" : $"header says {good.Length}";
            Assert.Equal($"weight file '{path}' is truncated: {length} bytes, {says}", error.Message);
        }
    }

    [Fact]
    public async Task A_file_that_is_too_long_is_an_error()
    {
        using var folder = new PackingFolder();
        string path;
        using (WeightFile packed = await folder.PackAsync(SomeGraph(folder)))
        {
            path = packed.Path;
        }

        File.AppendAllText(path, "x");

        RunFailedException error = Assert.Throws<RunFailedException>(() => WeightFile.Open(path));
        Assert.Contains("has the wrong length", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_files_and_no_files_are_errors()
    {
        using var folder = new PackingFolder();
        string path = folder.PathOf("other");
        Assert.Contains($"cannot open weight file '{path}'", Refusal(path), StringComparison.Ordinal);
        File.WriteAllBytes(path, new byte[10_000]);
        Assert.Contains("is not a weight file", Refusal(path), StringComparison.Ordinal);
        Assert.Contains("cannot open", Refusal(folder.Root), StringComparison.Ordinal);

        static string Refusal(string path) => Assert.Throws<RunFailedException>(() => WeightFile.Open(path)).Message;
    }

    [Fact]
    public async Task The_content_hash_does_not_depend_on_where_the_weights_came_from()
    {
        using var here = new PackingFolder();
        using var there = new PackingFolder();
        using WeightFile first = await here.PackAsync(SomeGraph(here));
        using WeightFile second = await there.PackAsync(SomeGraph(there));
        using WeightFile other = await there.PackAsync(SomeGraph(there), new PackOptions { TargetChunkBytes = 8192 }, "other");

        Assert.Equal(first.ContentHash, second.ContentHash);
        Assert.NotEqual(first.ContentHash, other.ContentHash);
    }

    private static KernelGraph SomeGraph(PackingFolder folder)
    {
        var weights = new RandomWeights(11, folder);
        return PackingFolder.Graph(folder.Matrix(ElementType.Float16, 40, 50), weights.Rows(1), weights.Linear(2));
    }

    private static int HeaderBytes(ReadOnlySpan<byte> file)
    {
        long sections = 0;
        foreach (int field in new[] { 32, 40, 48 })
        {
            sections += BinaryPrimitives.ReadInt64LittleEndian(file[field..]);
        }

        return 80 + (int)sections;
    }

    private static void Resign(Span<byte> file, int headerBytes)
    {
        var hash = new XxHash3();
        hash.Append(file[..72]);
        hash.Append(file[80..headerBytes]);
        BinaryPrimitives.WriteUInt64LittleEndian(file[72..], hash.GetCurrentHashAsUInt64());
    }
}
