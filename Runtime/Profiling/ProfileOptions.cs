namespace FlashMem.Runtime.Profiling;

/// <summary>How long and how large a profile measures.</summary>
public sealed record ProfileOptions
{
    /// <summary>Repetitions whose median counts; 5 by default.</summary>
    public int Repetitions { get; init; } = 5;

    /// <summary>Size of the file that storage is measured with; 256 MiB by default. It is made in the cache directory and deleted.</summary>
    public long FileBytes { get; init; } = 256L << 20;

    /// <summary>Bytes that one repetition of a bandwidth measurement moves; 64 MiB by default.</summary>
    public long TransferBytes { get; init; } = 64L << 20;

    /// <summary>Size of one chunk; 1 MiB by default.</summary>
    public int ChunkBytes { get; init; } = 1 << 20;

    /// <summary>Side of the square matrix that arithmetic is measured with; 1024 by default.</summary>
    public int MatrixSide { get; init; } = 1024;

    /// <summary>Rows of its left operand; 1024 by default.</summary>
    public int MatrixRows { get; init; } = 1024;

    /// <summary>Rows of the left operand of the product that carries moves; 128 by default, a short prompt's.</summary>
    public int CarrierRows { get; init; } = 128;

    /// <summary>Longest that the kernels of one model are measured, once whole and once sliced; 10 s each by default.</summary>
    public TimeSpan ModelTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Runs of a model after which more add little; 30 by default.</summary>
    public int MostModelRuns { get; init; } = 30;
}
