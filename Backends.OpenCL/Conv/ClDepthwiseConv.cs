using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.MatMul;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.Conv;

/// <summary>Convolution with one input channel per group; its weight is an activation-like table.</summary>
internal sealed class ClDepthwiseConv : IClKernel
{
    private const int GroupItems = 64;
    private readonly ClFunction? function;
    private readonly long items;

    /// <param name="desc">What to compute.</param>
    /// <param name="traits">The device.</param>
    /// <param name="asked">How it is cut; null leaves that to tuned tiles and the table.</param>
    public ClDepthwiseConv(ConvKernel desc, ClTraits traits, KernelTiles? asked = null)
    {
        Desc = desc;
        Shape x = desc.Inputs[0].Shape;
        Shape y = desc.Output.Shape;
        TensorView table = desc.Inputs[1];
        if (x[1] != desc.Groups || table.Shape != new Shape(desc.Kernel.Height * desc.Kernel.Width, y[1]))
        {
            throw new DeviceException(
                $"{desc.Name}: depthwise convolution of {x} in {desc.Groups} groups with table {table.Shape}");
        }

        long multiplier = y[1] / desc.Groups;
        int widest = multiplier == 1 ? Math.Min(MatrixSide.Run(desc.Inputs[0], 1), MatrixSide.Run(table, 1)) : 1;
        while (y[1] % widest != 0)
        {
            widest = widest == 16 ? 4 : 1;
        }

        string kernel = $"depthwise Conv of {ConvWindows.Describe(desc)} into {y}{MatrixSide.Width(desc.Inputs[0])}";
        Tiles = TileChoice.Of(
            asked, traits, () => DepthwiseTiles.Choose(widest, traits.Cpu), () => DepthwiseTiles.Problem(kernel, widest, traits.Cpu));
        if (desc.Output.ElementCount == 0)
        {
            return;
        }

        int run = ((DepthwiseTiles)Tiles.Tiles).Run;
        long pixels = y[0] * y[2] * y[3];
        items = pixels * (y[1] / run);
        if (items + GroupItems > int.MaxValue)
        {
            throw new DeviceException($"{desc.Name}: {items} work-items for {y} are more than an int counts");
        }

        var source = new ClSource();
        source
            .Define("CPU", traits.Cpu)
            .Define("RUN", run)
            .Define("FLOATS", ClTypes.Suffixed("float", run))
            .Define("LEFT_RUN_LOAD", ClTypes.Suffixed("LEFT_LOAD", run))
            .Define("TABLE_RUN_LOAD", ClTypes.Suffixed("TABLE_LOAD", run))
            .Define("STORE_SUM", ClTypes.Suffixed("STORE", run))
            .Define("OUT_CHANNELS", y[1])
            .Define("PIXELS", pixels)
            .Define("MULTIPLIER", multiplier)
            .Define("TABLE_INDEX", ClIndex.Type(table));
        MatrixSide.Loads(source, "TABLE", table.Type);
        MatrixSide.AxisAddress(source, "table_tap", "t", table, 0, table.Offset);
        MatrixSide.AxisAddress(source, "table_channel", "c", table, 1, 0);
        ConvWindows.Add(source, desc);
        ClEpilogue.Add(
            source,
            ConvWindows.Pixels(desc.Output),
            [.. desc.Inputs.Skip(desc.EpilogueStart).Select(ConvWindows.Pixels)],
            desc.Epilogue,
            ElementType.Float32,
            runAxis: 2,
            run > 1 ? [run] : []);
        function = new ClFunction(source.Build("DepthwiseConv"), "depthwise");
    }

    public KernelDesc Desc { get; }

    public TileChoice Tiles { get; }

    public ImmutableArray<ClFunction> Functions => function is null ? [] : [function];

    public ImmutableArray<ClLaunch> Launches(DispatchCommand command)
    {
        if (function is null)
        {
            return [];
        }

        ImmutableArray<ClArgument> arguments =
        [
            ClArgument.Buffer(command.Inputs[0]),
            ClArgument.Buffer(command.Inputs[1]),
            ClArgument.Buffer(command.Output),
            .. ClEpilogue.Arguments(Desc, command),
        ];
        long global = (items + GroupItems - 1) / GroupItems * GroupItems;
        return [new ClLaunch(function, arguments, new ClRange(global), new ClRange(GroupItems))];
    }
}
