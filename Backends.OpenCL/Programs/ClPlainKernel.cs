using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Moves;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>
/// A kernel that is one launch of one function, whose parameters are the family's inputs, the output and the epilogue's operands, in this
/// order; or nothing, for an output without elements.
/// </summary>
internal sealed class ClPlainKernel : IClKernel
{
    private readonly int ownInputs;
    private readonly ClRange global;
    private readonly ClRange? local;
    private readonly ClMoves? moves;

    /// <param name="desc">What it computes.</param>
    /// <param name="ownInputs">Inputs before the output among the parameters; the others follow it.</param>
    /// <param name="function">The function.</param>
    /// <param name="global">Work-items.</param>
    /// <param name="local">Work-group; null leaves it to the driver.</param>
    /// <param name="moves">How it carries moves; null when it does not.</param>
    public ClPlainKernel(
        KernelDesc desc, int ownInputs, ClFunction function, ClRange global, ClRange? local, ClMoves? moves = null)
    {
        Desc = desc;
        this.ownInputs = ownInputs;
        this.moves = moves;
        Functions = moves is null ? [function] : [function, moves.Function];
        this.global = global;
        this.local = local;
    }

    private ClPlainKernel(KernelDesc desc) => Desc = desc;

    public KernelDesc Desc { get; }

    public ImmutableArray<ClFunction> Functions { get; } = [];

    public ElementType? CarriedWeights => moves?.Element;

    /// <summary>The kernel of an output without elements.</summary>
    public static IClKernel Nothing(KernelDesc desc) => new ClPlainKernel(desc);

    public ImmutableArray<ClLaunch> Launches(DispatchCommand command)
    {
        ImmutableArray<ClLaunch> launches = Functions.IsEmpty ? [] : [Launch(command)];
        return moves is null ? launches : moves.Carry(launches, command);
    }

    private ClLaunch Launch(DispatchCommand command) => new(
        Functions[0],
        [
            .. command.Inputs.Take(ownInputs).Select(ClArgument.Buffer),
            ClArgument.Buffer(command.Output),
            .. command.Inputs.Skip(ownInputs).Select(ClArgument.Buffer),
        ],
        global,
        local);
}
