using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>A matrix product, or a convolution as the product of its windows: a launch for each run of weight chunks.</summary>
/// <param name="desc">What it computes.</param>
/// <param name="weight">Its streamed weight; null when the right-hand side is an activation.</param>
/// <param name="arguments">Those that no command changes.</param>
/// <param name="wide">The left-hand side's view allows wide loads.</param>
/// <param name="shape">How it is cut.</param>
/// <param name="tiled">By tiles, else one thread per result.</param>
/// <param name="entry">Its entry point.</param>
internal sealed class ProductKernel(
    KernelDesc desc,
    PanelLayout? weight,
    ProductArguments arguments,
    bool wide,
    LaunchShape shape,
    bool tiled,
    Action<AcceleratorStream, KernelConfig, KernelOperands, ProductArguments, ArrayView<Words4>> entry) : IlgpuKernel(desc)
{
    private const int BlockBytes = 16;
    private const int MostRowTiles = 65535;

    public override void Launch(Launch launch)
    {
        ProductArguments common = arguments;
        common.WideLeft = wide && launch.Command.Inputs[0].Offset % BlockBytes == 0 ? 1 : 0;
        if (weight is null)
        {
            common.LaunchColumns = common.Columns;
            Launch(launch, common, launch.Operands.Table.Cast<Words4>());
            return;
        }

        DispatchCommand command = launch.Command;
        for (int first = 0; first < command.WeightChunks.Length;)
        {
            (WeightRun run, int chunks) = WeightRun.At(command, first);
            first += chunks;
            ProductArguments own = common;
            own.FirstPanel = run.Panels.Start;
            own.PanelCount = run.Panels.Count;
            own.LaunchColumns = run.Panels.Count * ProductArguments.PanelWidth;
            own.PanelsPerChunk = command.PanelsPerChunk;
            own.FirstBlock = Blocks(run.Start.Offset);
            own.ChunkBlocks = Blocks(run.Spacing);
            own.PanelBlocks = Blocks(weight.PanelBytes);
            Launch(launch, own, ((DeviceMemory)run.Start.Memory).Blocks());
        }
    }

    private static int Blocks(long bytes) => bytes % BlockBytes == 0
        ? checked((int)(bytes / BlockBytes))
        : throw new DeviceException($"ilgpu: {bytes} bytes of a weight are not whole blocks of {BlockBytes}");

    private void Launch(Launch launch, ProductArguments own, ArrayView<Words4> weights)
    {
        if (!tiled)
        {
            entry(launch.Stream, shape.Elements((long)own.Batches * own.Rows * own.LaunchColumns), launch.Operands, own, weights);
            return;
        }

        int rows = (own.Rows + TiledProduct.TileRows - 1) / TiledProduct.TileRows;
        int columns = (own.LaunchColumns + TiledProduct.TileColumns - 1) / TiledProduct.TileColumns;
        if (rows > MostRowTiles || own.Batches > MostRowTiles)
        {
            throw new DeviceException($"ilgpu: kernel '{Desc.Name}' has {own.Batches} products of {own.Rows} rows, too many for one launch");
        }

        entry(
            launch.Stream, new KernelConfig(new Index3D(columns, rows, own.Batches), new Index3D(TiledProduct.Threads, 1, 1)),
            launch.Operands, own, weights);
    }
}
