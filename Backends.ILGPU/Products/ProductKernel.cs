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
/// <param name="aligned">The entry point for a left-hand side on a boundary of 16 bytes; null when its view allows no wide loads.</param>
/// <param name="any">The entry point for any left-hand side.</param>
/// <param name="shape">How it is cut.</param>
/// <param name="loop">What its entry point's groups work on.</param>
internal sealed class ProductKernel(
    KernelDesc desc,
    PanelLayout? weight,
    ProductArguments arguments,
    Lazy<ProductEntry>? aligned,
    Lazy<ProductEntry> any,
    LaunchShape shape,
    ProductLoop loop) : IlgpuKernel(desc)
{
    private const int BlockBytes = 16;
    private const int MostTiles = 65535;

    public override void Launch(Launch launch)
    {
        ProductArguments common = arguments;
        bool wide = aligned is not null && launch.Command.Inputs[0].Offset % BlockBytes == 0;
        common.WideLeft = wide ? 1 : 0;
        ProductEntry entry = (wide ? aligned! : any).Value;
        if (weight is null)
        {
            common.LaunchColumns = common.Columns;
            Launch(launch, entry, common, launch.Operands.Table.Cast<Words4>());
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
            Launch(launch, entry, own, ((DeviceMemory)run.Start.Memory).Blocks());
        }
    }

    private static int Blocks(long bytes) => bytes % BlockBytes == 0
        ? checked((int)(bytes / BlockBytes))
        : throw new DeviceException($"ilgpu: {bytes} bytes of a weight are not whole blocks of {BlockBytes}");

    private void Launch(Launch launch, ProductEntry entry, ProductArguments own, ArrayView<Words4> weights)
    {
        if (loop == ProductLoop.Elements)
        {
            entry(launch.Stream, shape.Elements((long)own.Batches * own.Rows * own.LaunchColumns), launch.Operands, own, weights);
            return;
        }

        // A split reduction's groups of one panel run side by side, so that its weights come from the device's memory once.
        bool split = loop == ProductLoop.SplitDepth;
        int rows = Tiles(own.Rows, split ? SplitDepthProduct.TileRows : TiledProduct.TileRows);
        int columns = Tiles(own.LaunchColumns, split ? SplitDepthProduct.TileColumns : TiledProduct.TileColumns);
        int threads = split ? SplitDepthProduct.Threads : TiledProduct.Threads;
        (int first, int second) = split ? (rows, columns) : (columns, rows);
        if (second > MostTiles || own.Batches > MostTiles)
        {
            throw new DeviceException(
                $"ilgpu: kernel '{Desc.Name}' has {own.Batches} products of {own.Rows} rows and {own.LaunchColumns} columns, "
                + "too many for one launch");
        }

        entry(
            launch.Stream,
            new KernelConfig(new Index3D(first, second, own.Batches), new Index3D(threads, 1, 1)),
            launch.Operands,
            own,
            weights);
    }

    private static int Tiles(int count, int tile) => (count + tile - 1) / tile;
}

/// <summary>Launches an entry point of products.</summary>
internal delegate void ProductEntry(
    AcceleratorStream stream, KernelConfig shape, KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights);

/// <summary>What the groups of a product's entry point work on.</summary>
internal enum ProductLoop
{
    /// <summary>Results, every thread for itself.</summary>
    Elements,

    /// <summary>Tiles in shared memory, <see cref="TiledProduct"/>.</summary>
    Tiles,

    /// <summary>Tiles by fragments of tensor cores, <see cref="TensorProduct"/>.</summary>
    FragmentTiles,

    /// <summary>Small tiles by fragments, the reduction shared by warps, <see cref="SplitDepthProduct"/>.</summary>
    SplitDepth,
}
