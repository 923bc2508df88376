using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Device;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Conformance.Cases;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.Ilgpu.Products;

/// <summary>
/// Products by tiles on this machine's processors, with as many threads as a tile has: several tiles and slabs, ends that fill none, wide loads
/// and narrow ones, panels in any order; by fragments also reductions long enough for the warps of a group to share.
/// </summary>
public sealed class TiledProductTests(TiledProductTests.TiledDevice tiled) : IClassFixture<TiledProductTests.TiledDevice>
{
    [Theory]
    [InlineData(70, 72, 100, ElementType.Float16, false)]
    [InlineData(3, 45, 70, ElementType.Float32, false)]
    [InlineData(23, 40, 40, ElementType.Float16, true)]
    [InlineData(33, 264, 20, ElementType.Float16, true)]
    [InlineData(5, 259, 40, ElementType.Float16, true)]
    public void A_product_with_a_weight_is_the_references(int rows, int depth, int columns, ElementType type, bool fragments)
    {
        var builder = new CaseBuilder(new Random(rows));
        builder.Add(TensorView.Dense(ElementType.Float32, new Shape(1, rows, depth)));
        var output = new Shape(1, rows, columns);
        ElementwiseProgram? epilogue = builder.Epilogue(output, ElementType.Float32);
        var weight = new PanelLayout(1, depth, columns, type, 32);
        var desc = new MatMulKernel
        {
            Name = "matmul",
            Inputs = builder.Views,
            Output = TensorView.Dense(ElementType.Float32, output),
            Epilogue = epilogue,
            Weight = weight,
        };

        CaseRunner.Check(tiled.Device(fragments), WithWeight(builder, desc, weight), $"{rows} x {depth} x {columns}");
    }

    [Theory]
    [InlineData(16, 40, 9, false)]
    [InlineData(5, 66, 9, false)]
    [InlineData(64, 20, 3, true)]
    public void A_convolution_of_a_channels_last_image_is_the_references(int channels, int outputs, int side, bool fragments)
    {
        var builder = new CaseBuilder(new Random(channels));
        builder.Add(ChannelsLast(new Shape(1, channels, side, side)));
        var output = new Shape(1, outputs, side, side);
        ElementwiseProgram? epilogue = builder.Epilogue(output, ElementType.Float32);
        var weight = new PanelLayout(1, 9 * channels, outputs, ElementType.Float16, 32);
        var desc = new ConvKernel
        {
            Name = "conv",
            Inputs = builder.Views,
            Output = ChannelsLast(output),
            Epilogue = epilogue,
            Weight = weight,
            Kernel = new Extent2D(3, 3),
            Strides = new Extent2D(1, 1),
            Dilations = new Extent2D(1, 1),
            Pads = new Padding2D(1, 1, 1, 1),
            Groups = 1,
        };

        CaseRunner.Check(tiled.Device(fragments), WithWeight(builder, desc, weight), $"{channels} to {outputs} channels");
    }

    [Fact]
    public void A_product_of_activations_is_the_references()
    {
        var builder = new CaseBuilder(new Random(3));
        builder.Add(TensorView.Dense(ElementType.Float32, new Shape(2, 5, 40)));
        builder.Add(TensorView.Dense(ElementType.Float32, new Shape(2, 70, 40)).Transpose([0, 2, 1]));
        var desc = new MatMulKernel
        {
            Name = "matmul", Inputs = builder.Views, Output = TensorView.Dense(ElementType.Float32, new Shape(2, 5, 70)),
        };

        CaseRunner.Check(tiled.Device(false), new KernelCase { Desc = desc, Inputs = builder.Buffers, Tolerance = 1e-4 }, "activations");
    }

    private static TensorView ChannelsLast(Shape shape) =>
        TensorView.Dense(ElementType.Float32, new Shape(shape[0], shape[2], shape[3], shape[1])).Transpose([0, 3, 1, 2]);

    private static KernelCase WithWeight(CaseBuilder builder, KernelDesc desc, PanelLayout weight) => new()
    {
        Desc = desc,
        Inputs = builder.Buffers,
        Tolerance = 1e-4,
        Weight = new PanelWeightData(weight, builder.Random),
        Slices = KernelHarness.RandomSlices(weight, builder.Random),
        PanelsPerChunk = 1,
    };

    /// <summary>
    /// Devices whose groups are as large as a tile needs; one multiplies thread by thread, one by the fragments of tensor cores. Their 256 threads
    /// are the system's and a barrier takes milliseconds, so shapes are a tile or few.
    /// </summary>
    public sealed class TiledDevice : IAsyncDisposable
    {
        private static readonly IlgpuDeviceOptions Options = new() { Kind = IlgpuDeviceKind.Cpu, CpuThreads = 256, TiledProducts = true };

        private readonly Lazy<IlgpuDevice> threads = new(() => IlgpuDevice.Open(Options));
        private readonly Lazy<IlgpuDevice> fragments = new(() => IlgpuDevice.Open(Options with { FragmentTiles = true }));

        public async ValueTask DisposeAsync()
        {
            foreach (Lazy<IlgpuDevice> device in new[] { threads, fragments })
            {
                if (device.IsValueCreated)
                {
                    await device.Value.DisposeAsync();
                }
            }
        }

        internal IlgpuDevice Device(bool byFragments) => byFragments ? fragments.Value : threads.Value;
    }
}
