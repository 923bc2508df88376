using System.IO.Hashing;
using System.Text;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Packing;

/// <summary>
/// What a cached weight file is found by: everything that decides its bytes and is known before a model is imported. The state of the
/// files that hold the weights is not part of it; the weight file lists them, and opening compares.
/// </summary>
public sealed record WeightFileKey
{
    /// <summary>
    /// Path of the model file. Models in different folders may share their graph but not the weights beside it.
    /// </summary>
    public required string ModelPath { get; init; }

    /// <summary>Hash of the model file, as in <see cref="Graph.Ir.ModelGraph.Hash"/>.</summary>
    public required string ModelHash { get; init; }

    /// <summary>Element type of panel and row weights: Float16, the default, or Float32.</summary>
    public ElementType WeightType { get; init; } = ElementType.Float16;

    /// <summary>Columns per panel; 32 by default.</summary>
    public int PanelWidth { get; init; } = 32;

    /// <summary>Depth steps that lie together in a panel; 1 by default.</summary>
    public int DepthInterleave { get; init; } = 1;

    /// <summary>Chunk size aimed at, in bytes; 1 MiB by default.</summary>
    public long TargetChunkBytes { get; init; } = new PackOptions().TargetChunkBytes;

    /// <summary>File name in the cache: the model's name, for people, and a hash of all fields and the format version.</summary>
    public string FileName
    {
        get
        {
            string facts = string.Join(
                '\n', WeightFilePreamble.FormatVersion, Path.GetFullPath(ModelPath), ModelHash, WeightType, PanelWidth, TargetChunkBytes);

            // Named only where it is not 1, so that files cached before it existed are still found.
            facts += DepthInterleave == 1 ? "" : $"\ninterleave {DepthInterleave}";
            string hash = Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(facts)));
            return $"{Path.GetFileNameWithoutExtension(ModelPath)}-{hash}.flashmem";
        }
    }
}
