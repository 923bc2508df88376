using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Moves;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>
/// Kernels that compute every element from the elements at the same index: <c>Kernels/Elementwise.cl</c>. The first input is the
/// expression's operand 0, the other inputs are its operands from 1 on.
/// </summary>
internal static class ClMap
{
    /// <summary>Name of the function.</summary>
    public const string Entry = "elementwise";

    /// <summary>A kernel of one launch that writes the whole output.</summary>
    /// <param name="desc">All its inputs have the output's shape.</param>
    /// <param name="program">The expression; null copies input 0.</param>
    /// <param name="traits">The target.</param>
    public static IClKernel Compile(KernelDesc desc, ElementwiseProgram? program, ClTraits traits)
    {
        if (desc.Output.ElementCount == 0)
        {
            return ClPlainKernel.Nothing(desc);
        }

        (ClFunction function, ClWalk walk) = Write(
            desc, desc.Output, desc.Inputs, program, inPlace: false, traits with { CarriedWeights = null });
        ClMoves? moves = traits.CarriedWeights is { } element
            ? new ClMoves(element, Write(desc, desc.Output, desc.Inputs, program, inPlace: false, traits).Function, walk.Items)
            : null;
        return new ClPlainKernel(desc, Math.Min(1, desc.Inputs.Length), function, walk.Global, walk.LocalRange, moves);
    }

    /// <summary>The function and its launch.</summary>
    /// <param name="desc">For errors.</param>
    /// <param name="output">Written.</param>
    /// <param name="inputs">Read, of the output's shape.</param>
    /// <param name="program">The expression; null copies input 0.</param>
    /// <param name="inPlace">The output is operand 0, without a parameter; <paramref name="inputs"/> start with operand 1.</param>
    /// <param name="traits">The target.</param>
    public static (ClFunction Function, ClWalk Walk) Write(
        KernelDesc desc,
        TensorView output,
        ImmutableArray<TensorView> inputs,
        ElementwiseProgram? program,
        bool inPlace,
        ClTraits traits)
    {
        ImmutableArray<TensorView> views = inPlace ? [output, output, .. inputs] : [output, .. inputs];
        ImmutableArray<ClLoop> loops = ClLoops.InMemoryOrder(views);
        ImmutableArray<ClLoop> outer = loops.IsEmpty ? [] : loops[..^1];
        ImmutableArray<ClLoop> inner = loops.IsEmpty ? [] : loops[^1..];
        bool transposed = TryFindTransposed(views, ref outer, inner);
        views = ClLoops.Arrange(views, outer, inner);

        // On GPUs neighbouring work-items take neighbouring elements, which is all that their memory asks for.
        ClWalk walk = ClWalk.Create(
            desc,
            ClLoops.Extent(outer),
            ClLoops.Extent(inner),
            traits.Cpu ? ClWalk.WidestRun(traits) : 1,
            1 + views.Length + (program?.Instructions.Length ?? 0),
            traits);
        if (transposed)
        {
            walk = walk.Transposed(traits);
        }

        var source = new ClSource();
        source.Define("CPU", traits.Cpu);
        walk.Add(source);
        ClMoves.Add(source, traits);
        bool hasInput = views.Length > 1;
        source.Define("HAS_INPUT", hasInput && !inPlace).Define("IN_PLACE", inPlace);
        if (hasInput)
        {
            new ClOperand("IN0", views[1]).AddLoads(source, walk.Run);
        }

        ElementType result = hasInput && views[1].Type == ElementType.Int32 ? ElementType.Int32 : ElementType.Float32;
        ImmutableArray<TensorView> operands = hasInput ? views[2..] : [];
        ClEpilogue.Add(source, views[0], operands, program, hasInput ? result : output.Type, -1, [walk.Run]);
        return (new ClFunction(source.Build("Elementwise"), Entry), walk);
    }

    /// <summary>
    /// Whether operand 0 lies along another loop than the output; that loop becomes the innermost of the outer ones.
    /// </summary>
    private static bool TryFindTransposed(
        ImmutableArray<TensorView> views, ref ImmutableArray<ClLoop> outer, ImmutableArray<ClLoop> inner)
    {
        if (views.Length < 2 || inner.IsEmpty || inner[0].Stride(1) is 0 or 1)
        {
            return false;
        }

        ClLoop? dense = outer.FirstOrDefault(loop => loop.Stride(1) == 1);
        if (dense is null)
        {
            return false;
        }

        outer = outer.Remove(dense).Add(dense);
        return true;
    }
}
