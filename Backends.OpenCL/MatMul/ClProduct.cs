using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Moves;
using FlashMem.Backends.OpenCL.Panels;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.MatMul;

/// <summary>A kernel computed as a matrix product: MatMul, and convolution by its windows.</summary>
internal sealed class ClProduct : IClKernel
{
    private const string Entry = "product";
    private readonly ProductShape shape;
    private readonly ProductTiles tiles;
    private readonly ClFunction? function;
    private readonly ClTraits traits;
    private readonly ClMoves? moves;

    /// <param name="desc">Input 0 is the left side; without a streamed weight input 1 is the right side.</param>
    /// <param name="shape">Extents.</param>
    /// <param name="matrix">Rearranges a view of the output's shape to [batch, row, column of all groups].</param>
    /// <param name="sides">Adds the family's file with the sides that it computes, and what that needs.</param>
    /// <param name="signature">What of the family and the sides the choice of tiles depends on.</param>
    /// <param name="traits">The device.</param>
    /// <param name="asked">How it is cut; null leaves that to tuned tiles and <see cref="MatMulTiles"/>.</param>
    public ClProduct(
        KernelDesc desc,
        ProductShape shape,
        Func<TensorView, TensorView> matrix,
        Action<ClSource> sides,
        string signature,
        ClTraits traits,
        KernelTiles? asked = null)
    {
        Desc = desc;
        this.shape = shape;
        this.traits = traits;
        Tiles = TileChoice.Of(
            asked, traits, () => MatMulTiles.Choose(shape, traits), () => MatMulTiles.Problem(shape, traits, signature));
        tiles = (ProductTiles)Tiles.Tiles;
        if (desc.Output.ElementCount == 0)
        {
            return;
        }

        function = Write(desc, shape, matrix, sides, tiles, traits with { CarriedWeights = null });
        if (traits.CarriedWeights is { } element)
        {
            moves = new ClMoves(element, Write(desc, shape, matrix, sides, tiles, traits));
        }
    }

    public KernelDesc Desc { get; }

    public TileChoice Tiles { get; }

    public ElementType? CarriedWeights => moves?.Element;

    public ImmutableArray<ClFunction> Functions =>
        function is null ? [] : moves is null ? [function] : [function, moves.Function];

    public ImmutableArray<ClLaunch> Launches(DispatchCommand command)
    {
        if (function is null)
        {
            return [];
        }

        ClArgument[] last = [ClArgument.Buffer(command.Output), .. ClEpilogue.Arguments(Desc, command)];
        ImmutableArray<ClLaunch> launches = shape.Weight is null
            ? [Launch(command, shape.Panels, [ClArgument.Buffer(command.Inputs[1])], last)]
            : [.. WeightRun.Of(command, shape.Weight, traits).Select(run => Launch(command, run.Panels.Count, run.Arguments(), last))];
        return moves is null ? launches : moves.Carry(launches, command);
    }

    private static ClFunction Write(
        KernelDesc desc,
        ProductShape shape,
        Func<TensorView, TensorView> matrix,
        Action<ClSource> sides,
        ProductTiles tiles,
        ClTraits traits)
    {
        bool blocked = tiles is BlockedTiles;
        if (blocked && traits.CarriedWeights is not null)
        {
            throw new DeviceException($"{desc.Name}: kernels for processors carry no moves");
        }

        var source = new ClSource();
        source
            .Define("CPU", blocked)
            .Define("STREAMED", shape.Weight is not null)
            .Define("ROWS", shape.Rows)
            .Define("DEPTH", shape.Depth)
            .Define("COLUMNS", shape.Columns)
            .Define("STORE_RUNS", blocked && (shape.Groups == 1 || shape.Columns % 16 == 0));
        tiles.Define(source);
        ClEpilogue.Add(
            source,
            matrix(desc.Output),
            [.. desc.Inputs.Skip(desc.EpilogueStart).Select(matrix)],
            desc.Epilogue,
            ElementType.Float32,
            runAxis: 2,
            blocked ? [16] : []);
        if (shape.Weight is not null)
        {
            ClWeights.Add(source, shape.Weight, traits);
        }

        sides(source);
        if (blocked)
        {
            source.Helper("tile");
        }
        else
        {
            ClMoves.Add(source, traits);
        }

        return new ClFunction(source.Build(tiles.Template), Entry);
    }

    private ClLaunch Launch(DispatchCommand command, int panels, IEnumerable<ClArgument> right, ClArgument[] last)
    {
        (ClRange global, ClRange local) = tiles.Launch(shape, panels);
        return new ClLaunch(function!, [ClArgument.Buffer(command.Inputs[0]), .. right, .. last], global, local);
    }
}
