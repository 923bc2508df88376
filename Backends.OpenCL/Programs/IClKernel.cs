using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>A kernel family's compiled form: source and launches, without any driver handle, so that it can be tested as text.</summary>
internal interface IClKernel : ICompiledKernel
{
    /// <summary>Every function that <see cref="Launches"/> may name; compiled when the kernel is prepared.</summary>
    ImmutableArray<ClFunction> Functions { get; }

    /// <summary>How it is cut; null in families whose kernels are not tuned.</summary>
    TileChoice? Tiles => null;

    /// <summary>Element type of the weights whose chunks its launches can move; null for a kernel that was not made to carry moves.</summary>
    ElementType? CarriedWeights => null;

    /// <summary>What to enqueue for a command, in order; empty for an output without elements. Called once per command object.</summary>
    ImmutableArray<ClLaunch> Launches(DispatchCommand command);
}
