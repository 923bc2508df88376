using System.Runtime.InteropServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Cli.Models;

/// <summary>The inputs of a run: .npy files by name, the rest seeded random.</summary>
internal static class ModelInputs
{
    public static IReadOnlyDictionary<string, Tensor> Create(StreamingSession session, IReadOnlyList<string> files, int seed) =>
        Create(session.InputMetadata, files, seed);

    /// <param name="inputs">What the model takes.</param>
    /// <param name="files">Each NAME=FILE.npy.</param>
    /// <param name="seed">Of the others.</param>
    public static IReadOnlyDictionary<string, Tensor> Create(
        IReadOnlyDictionary<string, TensorMetadata> inputs, IReadOnlyList<string> files, int seed)
    {
        Dictionary<string, string> given = files.Select(Split).ToDictionary(pair => pair.Name, pair => pair.File);
        foreach (string name in given.Keys.Where(name => !inputs.ContainsKey(name)))
        {
            throw new UsageException($"the model has no input '{name}'; its inputs are {string.Join(", ", inputs.Keys)}");
        }

        return inputs.Values.ToDictionary(
            input => input.Name,
            input => given.TryGetValue(input.Name, out string? file) ? Load(input, file) : RandomInputs.Create(input, seed));
    }

    /// <summary>Seeded random inputs, the same as those of a run of the model alone.</summary>
    public static IReadOnlyDictionary<string, Tensor> Random(IReadOnlyDictionary<string, TensorMetadata> inputs, int seed) =>
        inputs.Values.ToDictionary(input => input.Name, input => RandomInputs.Create(input, seed));

    private static (string Name, string File) Split(string argument)
    {
        int at = argument.IndexOf('=', StringComparison.Ordinal);
        return at > 0 ? (argument[..at], argument[(at + 1)..]) : throw new UsageException($"--input '{argument}' is not NAME=FILE.npy");
    }

    private static Tensor Load(TensorMetadata input, string file)
    {
        (ElementType type, Shape shape, byte[] data) = NpyFile.Read(file);
        if (type != input.Type || shape != input.Shape)
        {
            throw new UsageException($"input '{input.Name}' is {input.Type} {input.Shape}, '{file}' holds {type} {shape}");
        }

        Tensor tensor = Tensor.Create(type, shape);
        data.CopyTo(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(tensor.Bytes), data.Length));
        return tensor;
    }
}
