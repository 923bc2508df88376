using System.Collections.Immutable;

namespace FlashMem.Runtime.Packing;

/// <summary>What a weight file says about itself, beside the graph.</summary>
public sealed record WeightFileInfo
{
    /// <summary>Version of the tool that packed it.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>Hash of the model it was packed from.</summary>
    public required string ModelHash { get; init; }

    /// <summary>Chunk size aimed at, in bytes; with the graph it fixes the layout of the data section.</summary>
    public required long TargetChunkBytes { get; init; }

    /// <summary>Bytes of the data section.</summary>
    public required long DataBytes { get; init; }

    /// <summary>The files that the weights came from. Not part of the content hash: the same weights may come from elsewhere.</summary>
    public required ImmutableArray<SourceIdentity> Sources { get; init; }
}
