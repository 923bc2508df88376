using FlashMem.Abstractions.Kernels;

namespace FlashMem.Abstractions.Measurements;

/// <summary>The time of a kernel, or of a slice of it, inside a run in which everything is resident.</summary>
public sealed record MeasuredKernel
{
    /// <summary><see cref="KernelSignature"/> of the kernel.</summary>
    public required string Signature { get; init; }

    /// <summary>One kernel that has it, for people.</summary>
    public required string Name { get; init; }

    public required KernelFamily Family { get; init; }

    public required OperatorClass Class { get; init; }

    /// <summary>Panels that the launch computed; 0 for kernels without a streamed weight.</summary>
    public required int Panels { get; init; }

    /// <summary>Floating-point operations of the launch.</summary>
    public required long Flops { get; init; }

    /// <summary>Bytes that the launch touched.</summary>
    public required long Bytes { get; init; }

    /// <summary>From the end of the kernel before it to its start.</summary>
    public required double LaunchSeconds { get; init; }

    /// <summary>From its start to its end: the median over runs, the mean over the launches of a run that are equal.</summary>
    public required double Seconds { get; init; }
}
