using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.MatMul;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Conformance.Cases;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Moves;

/// <summary>
/// Kernels that carry moves write the bits that they write without, and what they move arrives with all its bits where it belongs and
/// nowhere else.
/// </summary>
public sealed class MoveCarrierTests(MoveCarrierTests.Devices devices) : IClassFixture<MoveCarrierTests.Devices>
{
    private const long TargetBytes = 96 * 1024;
    private const byte Filler = 0x5A;

    public static TheoryData<KernelFamily, bool> Carriers => new()
    {
        { KernelFamily.MatMul, true },
        { KernelFamily.MatMul, false },
        { KernelFamily.Conv, true },
        { KernelFamily.Conv, false },
        { KernelFamily.Elementwise, true },
        { KernelFamily.Elementwise, false },
    };

    [Theory]
    [MemberData(nameof(Carriers))]
    public void Every_carrier_computes_the_same_and_moves_all_bits(KernelFamily family, bool images)
    {
        OpenClDevice device = devices.Get(images);
        int checkedCases = 0;
        for (int seed = 0; seed < 40 && checkedCases < 3; seed++)
        {
            var random = new Random(300 + seed);
            KernelCase kernelCase = RandomCases.Create(family, random, depthInterleave: 4);
            if (kernelCase.Desc.CarriesMoves)
            {
                ElementType element = kernelCase.Weight?.Layout.Type ?? (seed % 2 == 0 ? ElementType.Float16 : ElementType.Float32);
                Check(device, kernelCase, traits => ClKernels.Compile(kernelCase.Desc, traits), element, random, $"seed {seed}");
                checkedCases++;
            }
        }

        Assert.Equal(3, checkedCases);
    }

    public static TheoryData<int, bool> Products
    {
        get
        {
            var products = new TheoryData<int, bool>();
            for (int i = 0; i < MatMulTiles.Local.Length; i++)
            {
                products.Add(i, i % 2 == 0);
            }

            return products;
        }
    }

    /// <summary>Few work-items, so that moves outlast the loop, and many; every way of cutting a product.</summary>
    [Theory]
    [MemberData(nameof(Products))]
    public void Every_tile_shape_carries(int index, bool streamed)
    {
        LocalTiles tiles = MatMulTiles.Local[index];
        Product(20, streamed, tiles, images: streamed);
        Product(139, streamed, tiles, images: !streamed);
    }

    [Fact]
    public void A_product_of_few_rows_carries() => Product(5, streamed: true, new NarrowTiles(4), images: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Loops_cut_in_two_carry_the_same(bool narrow) =>
        Product(narrow ? 5 : 20, streamed: true, narrow ? new NarrowTiles(4) : MatMulTiles.Local[^1], images: false, cuts: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_no_kernel_can_carry_is_refused(bool images)
    {
        OpenClDevice device = devices.Get(images);
        var shape = new Shape(1, 64);
        TensorView view = TensorView.Dense(ElementType.Float32, shape);
        var softmax = new SoftmaxKernel { Name = "passes", Inputs = [view], Output = view };
        Assert.Contains("passes", Assert.Throws<DeviceException>(() => device.Prepare(softmax, ElementType.Float16)).Message);

        ElementwiseKernel sigmoid = Sigmoid(view);
        using var memory = new CaseMemory(device);
        MemoryRange staging = memory.Upload(MemoryTier.Unified, new byte[TargetBytes]);
        using IDeviceMemory texture = device.AllocateTexture(TargetBytes, ElementType.Float16);
        MemoryRange value = memory.Upload(MemoryTier.Activation, new byte[256]);
        DispatchCommand command = new()
        {
            Kernel = device.Prepare(sigmoid, ElementType.Float16),
            Inputs = [value],
            Output = value,
        };
        CopyCommand Move(long from, long to, long bytes) =>
            new("move", new MemoryRange(staging.Memory, from, bytes), new MemoryRange(texture, to, bytes));

        await Refused(command with { Kernel = device.Prepare(sigmoid), Moves = [Move(0, 0, 4096)] }, "prepared");
        await Refused(command with { Moves = [.. Enumerable.Range(0, 5).Select(i => Move(8192 * i, 4096 * i, 4096))] }, "5 runs");
        await Refused(command with { Moves = [Move(0, 0, 4)] }, "whole texels");
        await Refused(
            command with { Moves = [new CopyCommand("move", value with { Bytes = 64 }, new MemoryRange(texture, 0, 64))] }, "staging");
        await Refused(
            command with { Moves = [new CopyCommand("move", staging with { Bytes = 64 }, value with { Bytes = 64 })] }, "texture memory");
        if (images)
        {
            using IDeviceMemory two = device.AllocateTexture(2 * Devices.BlockBytes, ElementType.Float16);
            await Refused(
                command with
                {
                    Moves =
                    [
                        new CopyCommand(
                            "move", staging with { Bytes = 8192 }, new MemoryRange(two, Devices.BlockBytes - 4096, 8192)),
                    ],
                },
                "two images");
            await Refused(Reading(device, memory), "reads its weights");
        }

        async Task Refused(DispatchCommand refused, string why)
        {
            Timeline done = device.CreateTimeline("done");
            device.ComputeQueue.Dispatch(refused, [], done.At(1));
            Assert.Contains(why, (await Assert.ThrowsAsync<DeviceException>(() => done.WaitAsync(1))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Kernels_for_processors_and_zero_copy_devices_carry_nothing()
    {
        foreach (bool zeroCopy in new[] { true, false })
        {
            await using OpenClDevice device = OpenClTestDevice.Open(new OpenClDeviceOptions { ZeroCopy = zeroCopy, CpuKernels = true });
            Assert.Equal(CarriedMoves.None, device.Capabilities.CarriedMoves);
            Assert.Equal(zeroCopy, device.Capabilities.CarriedMovesFinding.Value.Refusal is null);
            ElementwiseKernel sigmoid = Sigmoid(TensorView.Dense(ElementType.Float32, new Shape(1, 64)));
            Assert.Contains("sigmoid", Assert.Throws<DeviceException>(() => device.Prepare(sigmoid, ElementType.Float16)).Message);
        }
    }

    [Fact]
    public async Task The_driver_is_tried_when_first_asked_and_once()
    {
        await using OpenClDevice device = OpenClTestDevice.Open(new OpenClDeviceOptions { ZeroCopy = false, CpuKernels = false });
        Assert.Equal(0, device.ProgramStatistics.Compiled);

        CarriedMoves found = device.Capabilities.CarriedMoves;

        Assert.Equal(1, device.ProgramStatistics.Compiled);
        Assert.Equal(found, device.Capabilities.CarriedMoves);
        Assert.Equal(found == CarriedMoves.None, device.Capabilities.CarriedMovesFinding.Value.Refusal is not null);
        Assert.Equal(1, device.ProgramStatistics.Compiled);
    }

    [Fact]
    public async Task A_closed_device_is_not_tried()
    {
        OpenClDevice device = OpenClTestDevice.Open(new OpenClDeviceOptions { ZeroCopy = false, CpuKernels = false });
        await device.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => device.Capabilities.CarriedMoves);
    }

    /// <summary>A product that is to carry moves to the very image that holds its weight.</summary>
    private static DispatchCommand Reading(OpenClDevice device, CaseMemory memory)
    {
        var random = new Random(1);
        var layout = new PanelLayout(1, 64, 32, ElementType.Float16, 32, 4);
        TensorView left = TensorView.Dense(ElementType.Float32, new Shape(1, 16, 64));
        var desc = new MatMulKernel
        {
            Name = "product", Inputs = [left], Output = TensorView.Dense(ElementType.Float32, new Shape(1, 16, 32)), Weight = layout,
        };
        ImmutableArray<MemoryRange> chunks = memory.UploadChunks(new PanelWeightData(layout, random), new PanelRange(0, 1), 1);
        return new DispatchCommand
        {
            Kernel = device.Prepare(desc, ElementType.Float16),
            Inputs = [memory.Upload(MemoryTier.Activation, new byte[16 * 64 * 4])],
            Output = memory.Upload(MemoryTier.Activation, new byte[16 * 32 * 4]),
            Panels = new PanelRange(0, 1),
            PanelsPerChunk = 1,
            WeightChunks = chunks,
            Moves = [new CopyCommand("move", memory.Upload(MemoryTier.Unified, new byte[4096]), chunks[0] with { Bytes = 4096 })],
        };
    }

    private static ElementwiseKernel Sigmoid(TensorView view) => new()
    {
        Name = "sigmoid",
        Inputs = [view],
        Output = view,
        Program = new ElementwiseProgram(1, [new ElementwiseInstruction(ElementwiseOp.Sigmoid, ElementType.Float32, 0)]),
    };

    private void Product(int rows, bool streamed, ProductTiles tiles, bool images, bool cuts = false)
    {
        var random = new Random(rows);
        var builder = new CaseBuilder(random);
        builder.Add(TensorView.Dense(ElementType.Float32, new Shape(1, rows, 53)));
        PanelLayout? layout = streamed ? new PanelLayout(1, 53, 150, ElementType.Float16, 32, 4) : null;
        if (!streamed)
        {
            builder.Add(TensorView.Dense(ElementType.Float32, new Shape(1, 53, 150)));
        }

        var kernelCase = new KernelCase
        {
            Desc = new MatMulKernel
            {
                Name = "matmul",
                Inputs = builder.Views,
                Output = TensorView.Dense(ElementType.Float32, new Shape(1, rows, 150)),
                Weight = layout,
            },
            Inputs = builder.Buffers,
            Weight = layout is null ? null : new PanelWeightData(layout, random),
            Slices = streamed ? [new(0, 3), new(3, 2)] : [default],
            PanelsPerChunk = 2,
        };
        Check(
            devices.Get(images),
            kernelCase,
            traits => ClMatMul.Compile((MatMulKernel)kernelCase.Desc, traits with { CutMoveLoops = cuts }, tiles),
            ElementType.Float16,
            random,
            $"{tiles}, images {images}");
    }

    /// <summary>Runs a case with nothing to carry and then with several loads, and compares output and targets.</summary>
    private static void Check(
        OpenClDevice device, KernelCase kernelCase, Func<ClTraits, IClKernel> compile, ElementType element, Random random, string label)
    {
        IClKernel kernel = device.Prepare(compile(device.Traits with { CarriedWeights = element }));
        byte[] expected = Run(device, kernel, kernelCase, element, [], random, label);
        int texel = 4 * element.SizeInBytes();
        long items = TargetBytes / texel;
        (long From, long To, long Texels)[][] loads =
        [
            [(3, 5, 1)],
            [(0, 1, 777)],
            [(0, 0, items)],
            [(5, 700, 300), (305, 1000, 11), (1000, 3, 129), (2000, 1200, 1)],
        ];
        foreach ((long From, long To, long Texels)[] load in loads)
        {
            Assert.Equal(expected, Run(device, kernel, kernelCase, element, load, random, label));
        }
    }

    private static byte[] Run(
        OpenClDevice device,
        IClKernel kernel,
        KernelCase kernelCase,
        ElementType element,
        (long From, long To, long Texels)[] load,
        Random random,
        string label)
    {
        KernelDesc desc = kernelCase.Desc;
        int texel = 4 * element.SizeInBytes();
        using var memory = new CaseMemory(device);
        ImmutableArray<MemoryRange> inputs =
            [.. kernelCase.Inputs.Select(input => memory.Upload(MemoryTier.Activation, CaseMemory.Encode(input)))];
        MemoryRange output = memory.Upload(MemoryTier.Activation, new byte[desc.Output.UpperBound * desc.Output.Type.SizeInBytes()]);
        MemoryRange staging = memory.Upload(MemoryTier.Unified, Weights(element, TargetBytes, random));
        using IDeviceMemory target = device.AllocateTexture(TargetBytes, element);
        var moved = new byte[TargetBytes];
        Array.Fill(moved, Filler);
        target.Write(0, moved);
        CopyCommand[] moves =
        [
            .. load.Select(run => new CopyCommand(
                "move",
                new MemoryRange(staging.Memory, run.From * texel, run.Texels * texel),
                new MemoryRange(target, run.To * texel, run.Texels * texel))),
        ];

        Timeline done = device.CreateTimeline("done");
        ulong steps = 0;
        foreach (PanelRange slice in kernelCase.Slices)
        {
            DispatchCommand command = CaseRunner.Command(kernel, kernelCase, slice, memory, inputs, output) with
            {
                Moves = steps == 0 ? [.. moves] : [],
            };
            device.ComputeQueue.Dispatch(command, [], done.At(++steps));
        }

        done.Wait(steps);
        foreach ((long from, long to, long texels) in load)
        {
            staging.Memory.Read(from * texel, moved.AsSpan((int)(to * texel), (int)(texels * texel)));
        }

        var arrived = new byte[TargetBytes];
        target.Read(0, arrived);
        Assert.True(moved.AsSpan().SequenceEqual(arrived), $"{label}: {string.Join(", ", load)} of {element} did not arrive; {desc}");
        var result = new byte[output.Bytes];
        output.Memory.Read(0, result);
        return result;
    }

    /// <summary>Random bits that are numbers: subnormal ones, zeros of both signs and infinities among them.</summary>
    private static byte[] Weights(ElementType element, long bytes, Random random)
    {
        var weights = new byte[bytes];
        random.NextBytes(weights);
        if (element == ElementType.Float16)
        {
            foreach (ref ushort bits in MemoryMarshal.Cast<byte, ushort>(weights.AsSpan()))
            {
                bits = (ushort)((bits & 0x7FFF) > 0x7C00 ? bits & 0x83FF : bits);
            }
        }
        else
        {
            foreach (ref uint bits in MemoryMarshal.Cast<byte, uint>(weights.AsSpan()))
            {
                bits = random.Next(8) == 0 ? bits & 0x807FFFFF : (bits & 0x7FFFFFFF) > 0x7F800000 ? bits & 0xBFFFFFFF : bits;
            }
        }

        return weights;
    }

    /// <summary>The first OpenCL device as a GPU with memory of its own, with weights in small images and in buffers.</summary>
    public sealed class Devices : IAsyncDisposable
    {
        public const long BlockBytes = 128 * 1024;

        private readonly Lazy<OpenClDevice>[] devices =
        [
            .. new[] { false, true }.Select(images => new Lazy<OpenClDevice>(() => OpenClTestDevice.Open(new OpenClDeviceOptions
            {
                ZeroCopy = false, CpuKernels = false, WeightImages = images, TextureBlockBytes = BlockBytes,
            }))),
        ];

        internal OpenClDevice Get(bool images)
        {
            OpenClDevice device = devices[images ? 1 : 0].Value;
            Assert.Null(device.Capabilities.CarriedMovesFinding.Value.Refusal);
            return device;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (Lazy<OpenClDevice> device in devices.Where(device => device.IsValueCreated))
            {
                await device.Value.DisposeAsync();
            }
        }
    }
}
