using FlashMem.Runtime.Sessions;

namespace FlashMem.Cli.Models;

/// <summary>Saves a run's outputs, one .npy file each, named by the output.</summary>
internal static class ModelOutputs
{
    public static void Save(IReadOnlyDictionary<string, Tensor> outputs, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, Tensor tensor) in outputs)
        {
            string file = string.Concat(name.Select(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-' or '.' ? letter : '_'));
            NpyFile.Write(Path.Combine(folder, file + ".npy"), tensor.Type, tensor.Shape, tensor.Bytes);
        }
    }
}
