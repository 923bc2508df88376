using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>Kernels over [outer, inner] whose output has the rows' shape: softmax and normalisation.</summary>
internal static class ClRowKernel
{
    /// <param name="desc">All its views have the output's shape.</param>
    /// <param name="template">File of <c>Kernels/</c>.</param>
    /// <param name="entry">Its function.</param>
    /// <param name="define">Adds the family's own definitions.</param>
    /// <param name="names">Accessor name of every input of the family.</param>
    /// <param name="traits">The target.</param>
    public static IClKernel Compile(
        KernelDesc desc, string template, string entry, Action<ClSource> define, string[] names, ClTraits traits)
    {
        if (desc.Output.ElementCount == 0)
        {
            return ClPlainKernel.Nothing(desc);
        }

        // The order of elements and of rows is free: as the input lies in memory.
        ImmutableArray<TensorView> views = [desc.Inputs[0], desc.Output, .. desc.Inputs.Skip(1)];
        views = ClLoops.Arrange(views, ClLoops.InMemoryOrder(views, 0, 1), ClLoops.InMemoryOrder(views, 1, 1));
        ClRows rows = ClRows.Create(desc, views[0], allowRuns: true, traits);
        var source = new ClSource();
        source.Define("CPU", traits.Cpu);
        rows.Define(source, "float");
        define(source);
        source.Helper("operands").Helper("rows").Math(1).Math(rows.Run);
        ImmutableArray<TensorView> inputs = [views[0], .. views[2..]];
        for (int i = 0; i < names.Length; i++)
        {
            new ClOperand(names[i], inputs[i]) { RunAxis = rows.RunAxis }.AddLoads(source, rows.Run);
        }

        ClEpilogue.Add(source, views[1], inputs[names.Length..], desc.Epilogue, ElementType.Float32, rows.RunAxis, [rows.Run]);
        var function = new ClFunction(source.Build(template), entry);
        return new ClPlainKernel(desc, names.Length, function, rows.Global, rows.Local);
    }
}
