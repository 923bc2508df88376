using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.MatMul;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.Attention;

/// <summary>Scaled dot-product attention with an online softmax: scores stay in a work-group.</summary>
internal sealed class ClAttention : IClKernel
{
    private readonly AttentionShape shape;
    private readonly AttentionTiles tiles;
    private readonly ClFunction? function;

    private ClAttention(AttentionKernel desc, AttentionShape shape, ClTraits traits, KernelTiles? asked)
    {
        Desc = desc;
        this.shape = shape;
        Tiles = TileChoice.Of(
            asked, traits, () => AttentionTiles.Choose(shape, traits), () => AttentionTiles.Problem(shape, traits, Signature(desc)));
        tiles = (AttentionTiles)Tiles.Tiles;
        if (desc.Output.ElementCount == 0)
        {
            return;
        }

        bool blocked = tiles is BlockedAttention;
        var source = new ClSource();
        source
            .Define("CPU", blocked)
            .Define("HEADS", shape.Heads)
            .Define("QUERIES", shape.Queries)
            .Define("KEYS", shape.Keys)
            .Define("WIDTH", shape.Width)
            .Define("OUTPUTS", shape.Outputs)
            .Define("SCALE", desc.Scale)
            .Define("HAS_MASK", desc.HasMask)
            .Define("MASK_PARAMETER", desc.HasMask ? ", INPUT(MASK_MEMORY, mask)" : string.Empty)
            .Define("MASK_ADVANCE", desc.HasMask ? "ADVANCE(mask);" : string.Empty);
        tiles.Define(source);
        Operand(source, "q", desc.Inputs[0]);
        Operand(source, "k", desc.Inputs[1]);
        Operand(source, "v", desc.Inputs[2]);
        if (desc.HasMask)
        {
            new ClOperand("MASK", desc.Inputs[3]).AddLoads(source, blocked ? [16] : []);
        }

        ClEpilogue.Add(source, desc, ElementType.Float32, -1, blocked ? [16] : []);
        if (blocked)
        {
            source.Math(1).Math(16).Helper("tile");
        }

        function = new ClFunction(source.Build(tiles.Template), "attention");
    }

    public KernelDesc Desc { get; }

    public TileChoice Tiles { get; }

    public ImmutableArray<ClFunction> Functions => function is null ? [] : [function];

    /// <param name="desc">What to compute.</param>
    /// <param name="traits">The device.</param>
    /// <param name="tiles">How it is cut; null leaves that to tuned tiles and the table.</param>
    public static IClKernel Compile(AttentionKernel desc, ClTraits traits, KernelTiles? tiles = null)
    {
        int needed = desc.HasMask ? 4 : 3;
        if (desc.EpilogueStart != needed)
        {
            throw new DeviceException($"{desc.Name}: attention has {desc.EpilogueStart} operands of its own, expected {needed}");
        }

        Shape q = desc.Inputs[0].Shape;
        Shape k = desc.Inputs[1].Shape;
        Shape v = desc.Inputs[2].Shape;
        bool fits = q.Rank == 4 && k.Rank == 4 && v.Rank == 4 && k == new Shape(q[0], q[1], k[2], q[3])
            && v == new Shape(q[0], q[1], k[2], v[3]) && desc.Output.Shape == new Shape(q[0], q[1], q[2], v[3])
            && (!desc.HasMask || desc.Inputs[3].Shape == new Shape(q[0], q[1], q[2], k[2]));
        if (!fits)
        {
            string mask = desc.HasMask ? $" with mask {desc.Inputs[3].Shape}" : string.Empty;
            throw new DeviceException($"{desc.Name}: attention of {q}, {k}, {v}{mask} into {desc.Output.Shape}");
        }

        var shape = new AttentionShape(
            checked((int)q[0]), checked((int)q[1]), checked((int)q[2]), checked((int)k[2]), checked((int)q[3]), checked((int)v[3]));
        return new ClAttention(desc, shape, traits, tiles);
    }

    public ImmutableArray<ClLaunch> Launches(DispatchCommand command)
    {
        if (function is null)
        {
            return [];
        }

        ImmutableArray<ClArgument> arguments =
        [
            .. command.Inputs.Take(Desc.EpilogueStart).Select(ClArgument.Buffer),
            ClArgument.Buffer(command.Output),
            .. ClEpilogue.Arguments(Desc, command),
        ];
        (ClRange global, ClRange local) = tiles.Launch(shape);
        return [new ClLaunch(function, arguments, global, local)];
    }

    private static string Signature(AttentionKernel desc) =>
        $"{(desc.HasMask ? "with" : "no")} mask, runs of {string.Join(", ", desc.Inputs.Take(3).Select(view => MatrixSide.Run(view, 3)))}"
        + MatrixSide.Width(desc.Inputs[0]);

    private static void Operand(ClSource source, string name, TensorView view)
    {
        MatrixSide.AxisAddress(source, $"{name}_batch", "b", view, 0, view.Offset);
        MatrixSide.AxisAddress(source, $"{name}_head", "h", view, 1, 0);
        MatrixSide.AxisAddress(source, $"{name}_token", "i", view, 2, 0);
        MatrixSide.AxisAddress(source, $"{name}_depth", "d", view, 3, 0);
        string capital = name.ToUpperInvariant();
        MatrixSide.Loads(source, capital, view.Type);
        source.Define($"{capital}_RUN", MatrixSide.Run(view, 3));
    }
}
