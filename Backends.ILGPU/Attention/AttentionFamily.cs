using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Attention;

/// <summary>Scaled dot-product attention.</summary>
internal static class AttentionFamily
{
    public static IlgpuKernel Compile(AttentionKernel desc, KernelBuild build)
    {
        KernelBuild.Checks.Check(desc, desc.HasMask ? 4 : 3);
        for (int i = 0; i < desc.EpilogueStart; i++)
        {
            KernelBuild.Checks.Rank(desc, desc.Inputs[i], 4);
        }

        Shape q = desc.Inputs[0].Shape;
        Shape k = desc.Inputs[1].Shape;
        Shape v = desc.Inputs[2].Shape;
        bool fits = k == new Shape(q[0], q[1], k[2], q[3]) && v == new Shape(q[0], q[1], k[2], v[3])
            && desc.Output.Shape == new Shape(q[0], q[1], q[2], v[3])
            && (!desc.HasMask || desc.Inputs[3].Shape == new Shape(q[0], q[1], q[2], k[2]));
        KernelBuild.Checks.Require(fits, desc, $"attention of {q}, {k} and {v} into {desc.Output.Shape}");
        if (desc.Output.ElementCount == 0)
        {
            return new EmptyKernel(desc);
        }

        KernelTable table = KernelTable.Of(desc);
        for (int i = 0; i < 3; i++)
        {
            table.AddWalk(BlockAttention.HeadWalk + i, desc.Inputs[i].Factors(0, 2), desc.Inputs[i].Offset);
            table.AddWalk(BlockAttention.RowWalk + i, desc.Inputs[i].Factors(2, 1), 0);
            table.AddWalk(BlockAttention.ElementWalk + i, desc.Inputs[i].Factors(3, 1), 0);
        }

        var arguments = new AttentionArguments
        {
            Header = build.Store(table, desc),
            Heads = checked((int)(q[0] * q[1])),
            Queries = (int)q[2],
            Keys = (int)k[2],
            Depth = (int)q[3],
            ValueDepth = (int)v[3],
            HasMask = desc.HasMask ? 1 : 0,
            Scale = desc.Scale,
            EvenlySpaced = desc.Inputs.Take(3).All(view => Step(view, 2) is not null && Step(view, 3) is not null) ? 1 : 0,
            QueryRowStep = Step(desc.Inputs[0], 2) ?? 0,
            QueryStep = Step(desc.Inputs[0], 3) ?? 0,
            KeyRowStep = Step(desc.Inputs[1], 2) ?? 0,
            KeyStep = Step(desc.Inputs[1], 3) ?? 0,
            ValueRowStep = Step(desc.Inputs[2], 2) ?? 0,
            ValueStep = Step(desc.Inputs[2], 3) ?? 0,
        };
        return new AttentionLaunch(
            desc,
            build.Programs.Get<KernelOperands, AttentionArguments>(
                desc.Epilogue is null ? BlockAttention.Run<PlainResult> : BlockAttention.Run<FusedResult>),
            arguments,
            build.Shape.AttentionThreads);
    }

    // Null when the axis has several factors or steps too far for an int.
    private static int? Step(TensorView view, int axis) => view.StrideOf(axis) is >= int.MinValue and <= int.MaxValue and { } step ? (int)step : null;

    /// <summary>A group for each head, block of queries and block of value columns.</summary>
    private sealed class AttentionLaunch(
        KernelDesc desc,
        Action<AcceleratorStream, KernelConfig, KernelOperands, AttentionArguments> entry,
        AttentionArguments arguments,
        int threads) : IlgpuKernel(desc)
    {
        // A grid is largest along x.
        private readonly KernelConfig config = new(
            new Index3D(
                checked(arguments.Heads * ((arguments.Queries + BlockAttention.Queries - 1) / BlockAttention.Queries)),
                (arguments.ValueDepth + threads - 1) / threads,
                1),
            new Index3D(threads, 1, 1));

        public override void Launch(Launch launch) => entry(launch.Stream, config, launch.Operands, arguments);
    }
}
