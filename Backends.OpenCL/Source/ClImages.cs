using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>
/// Kernels over images [N, C, H, W] whose every output element is computed alone from input 0: pooling and resampling. Columns of the
/// walk are channels where these are neighbours in memory, else an image row.
/// </summary>
internal static class ClImages
{
    private const int Channels = 1;
    private const int Width = 3;

    private static readonly string[] Names = ["n", "c", "y", "x"];

    /// <summary>What both families ask of their views.</summary>
    public static void Check(KernelDesc desc)
    {
        ClChecks.Kernels.Check(desc, 1);
        ClChecks.Kernels.Rank(desc, desc.Output, 4);
        ClChecks.Kernels.Rank(desc, desc.Inputs[0], 4);
        Shape input = desc.Inputs[0].Shape;
        Shape output = desc.Output.Shape;
        ClChecks.Kernels.Require(
            desc.Output.Type.IsFloat() && desc.Inputs[0].Type.IsFloat(),
            desc,
            $"images of type {desc.Inputs[0].Type} to {desc.Output.Type}");
        ClChecks.Kernels.Require(input[0] == output[0] && input[1] == output[1], desc, $"an image of {input} to {output}");
    }

    /// <param name="desc">Checked; its output is not empty.</param>
    /// <param name="template">File of <c>Kernels/</c>.</param>
    /// <param name="entry">Its function.</param>
    /// <param name="taps">Input elements read per output element.</param>
    /// <param name="define">Adds the family's own definitions.</param>
    /// <param name="traits">The target.</param>
    public static IClKernel Compile(
        KernelDesc desc, string template, string entry, int taps, Action<ClSource> define, ClTraits traits)
    {
        Shape shape = desc.Output.Shape;
        bool byChannel = shape[Channels] > 1 && desc.Output.Axes[Channels] is [.., { Stride: 1 }];
        int column = byChannel ? Channels : Width;

        // Runs fill columns whole: pools have no form for what is left.
        int run = byChannel && traits.Cpu ? ClWalk.WidestRun(traits) : 1;
        while (shape[column] % run != 0)
        {
            run /= 2;
        }

        ClWalk walk = ClWalk.Create(
            desc, desc.Output.ElementCount / shape[column], shape[column], run, taps + (desc.Epilogue?.Instructions.Length ?? 0), traits);
        var source = new ClSource();
        source.Define("CPU", traits.Cpu).Helper("operands");
        walk.Add(source);
        source
            .Define("RUN_T", ClTypes.Suffixed("float", run))
            .Define("COLUMN", Names[column])
            .Define("HEIGHT", desc.Inputs[0].Shape[2])
            .Define("WIDTH", desc.Inputs[0].Shape[3]);
        int[] others = [.. Enumerable.Range(0, 4).Where(axis => axis != column)];
        source.Define(
            "FIND_ROW(row)",
            new ClStatements()
                .Declare([.. others.Select(axis => Names[axis])], ClIndex.Digits([.. others.Select(axis => shape[axis])], "row"))
                .ToString());
        define(source);
        new ClOperand("IN0", desc.Inputs[0]) { RunAxis = column }.AddLoads(source.Math(run), run);
        ClEpilogue.Add(source, desc, ElementType.Float32, column, [run]);
        return new ClPlainKernel(desc, 1, new ClFunction(source.Build(template), entry), walk.Global, walk.LocalRange);
    }
}
