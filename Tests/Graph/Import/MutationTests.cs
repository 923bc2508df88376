using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Zoo;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Graph.Import;

/// <summary>Whatever happens to a model's bytes, reading it ends in a graph or in a <see cref="ModelException"/> of one line.</summary>
public sealed class MutationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly byte[] original = ZooGraphs.Read("resnet50");

    [Property(MaxTest = 400)]
    public void Flipped_bits(int seed) => Read(bytes =>
    {
        var random = new Random(seed);
        for (int flips = random.Next(1, 9); flips > 0; flips--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    });

    [Property(MaxTest = 300)]
    public void Random_bytes_in_the_middle(int seed) => Read(bytes =>
    {
        var random = new Random(seed);
        int start = random.Next(bytes.Length);
        random.NextBytes(bytes.AsSpan(start, Math.Min(random.Next(1, 64), bytes.Length - start)));
        return bytes;
    });

    [Property(MaxTest = 200)]
    public void Truncation(int seed) => Read(bytes => bytes[..new Random(seed).Next(bytes.Length)]);

    [Property(MaxTest = 200)]
    public void Removed_and_repeated_pieces(int seed) => Read(bytes =>
    {
        var random = new Random(seed);
        int start = random.Next(bytes.Length);
        int end = random.Next(start, bytes.Length);
        return random.Next(2) == 0 ? [.. bytes[..start], .. bytes[end..]] : [.. bytes[..end], .. bytes[start..]];
    });

    [Property(MaxTest = 300)]
    public void Random_files(byte[] bytes) => Read(_ => bytes ?? []);

    public void Dispose() => folder.Dispose();

    private void Read(Func<byte[], byte[]> mutate)
    {
        string path = folder.Write("model.onnx", mutate([.. original]));
        try
        {
            Assert.NotEmpty(OnnxModelReader.ReadGraphOnly(path).Outputs);
        }
        catch (ModelException fault)
        {
            Assert.NotEmpty(fault.Message);
            Assert.DoesNotContain(fault.Message, char.IsControl);
        }
    }
}
