using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>A kernel that reads or writes by indices that the model computed; one outside its axis fails the run.</summary>
/// <param name="desc">What it computes.</param>
/// <param name="functions">Every function that it launches.</param>
/// <param name="launches">Launches of a command.</param>
internal sealed class ClIndexingKernel(
    KernelDesc desc, ImmutableArray<ClFunction> functions, Func<DispatchCommand, ImmutableArray<ClLaunch>> launches) : IClFallibleKernel
{
    public KernelDesc Desc => desc;

    public ImmutableArray<ClFunction> Functions => functions;

    public ImmutableArray<ClLaunch> Launches(DispatchCommand command) => launches(command);

    public RunFailedException Explain(ReadOnlySpan<int> record) =>
        new($"kernel '{desc.Name}': index {record[1]} is outside an axis of {record[2]}");
}
