using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Profiling;

/// <summary>The kernels that a profile runs, bound to memory of their own. One per operator class, and the smallest there is.</summary>
internal sealed class ProbeKernels : IDisposable
{
    private const ElementType Real = ElementType.Float32;
    private const int SmallRows = 8;
    private readonly List<IDeviceMemory> memory = [];
    private readonly IDevice device;
    private readonly ProfileOptions options;

    public ProbeKernels(IDevice device, ProfileOptions options)
    {
        this.device = device;
        this.options = options;
        Nothing = Unary("one element", new Shape(1, 1), (view, name) => Sigmoid(view, name));
        var rows = new Shape(options.TransferBytes / 2 / sizeof(float) / options.MatrixSide, options.MatrixSide);
        Copy = Unary("copy", rows, (view, name) => new CopyKernel { Name = name, Inputs = [view], Output = view });
        Elemental = Unary("sigmoid", rows, Sigmoid);
        Hierarchical = Unary(
            "softmax", rows, (view, name) => new SoftmaxKernel { Name = name, Inputs = [view], Output = view });
        CopiedBytes = 2 * rows.ElementCount * sizeof(float);
        Reusable = Product(options.CarrierRows, options.MatrixSide);
        LargeProduct = Product(options.MatrixRows, options.MatrixSide);
        ProductFlops = 2L * options.MatrixRows * options.MatrixSide * options.MatrixSide;
    }

    public DispatchCommand Nothing { get; }

    public DispatchCommand Copy { get; }

    /// <summary>Bytes that <see cref="Copy"/> reads and writes.</summary>
    public long CopiedBytes { get; }

    public DispatchCommand Elemental { get; }

    public DispatchCommand Reusable { get; }

    /// <summary>Large enough to keep the whole device busy.</summary>
    public DispatchCommand LargeProduct { get; }

    /// <summary>Floating-point operations of <see cref="LargeProduct"/>.</summary>
    public long ProductFlops { get; }

    public DispatchCommand Hierarchical { get; }

    /// <summary>So many short products of equal shape, each with operands of its own.</summary>
    public ImmutableArray<DispatchCommand> SmallProducts(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Product(SmallRows, options.MatrixSide / 2))];

    /// <summary>Its kernel was made ready to carry moves.</summary>
    public bool Carries(DispatchCommand command) =>
        device.Capabilities.CarriedMoves != CarriedMoves.None && command.Kernel.Desc.CarriesMoves;

    /// <summary>Bytes that a command's operands and weight hold.</summary>
    public static long InputBytes(DispatchCommand command) =>
        command.Inputs.Sum(input => input.Bytes) + command.WeightChunks.Sum(chunk => chunk.Bytes);

    public void Dispose()
    {
        foreach (IDeviceMemory owned in memory)
        {
            owned.Dispose();
        }
    }

    private static ElementwiseKernel Sigmoid(TensorView view, string name) => new()
    {
        Name = name,
        Inputs = [view],
        Output = view,
        Program = new ElementwiseProgram(1, [new ElementwiseInstruction(ElementwiseOp.Sigmoid, Real, 0)]),
    };

    private DispatchCommand Unary(string name, Shape shape, Func<TensorView, string, KernelDesc> describe)
    {
        TensorView view = TensorView.Dense(Real, shape);
        long bytes = shape.ElementCount * sizeof(float);
        return new DispatchCommand
        {
            Kernel = Prepare(describe(view, $"{name} {shape}")),
            Inputs = [Take(MemoryTier.Activation, bytes)],
            Output = Take(MemoryTier.Activation, bytes),
        };
    }

    /// <summary>[rows, side] times a streamed fp16 weight [side, side] in one chunk.</summary>
    private DispatchCommand Product(int rows, int side)
    {
        var weight = new PanelLayout(
            1, side, side, ElementType.Float16, device.Capabilities.PanelWidth, device.Capabilities.DepthInterleave);
        TensorView view = TensorView.Dense(Real, new Shape(1, rows, side));
        long bytes = view.ElementCount * sizeof(float);
        MemoryTier tier = device.Capabilities.ZeroCopy ? MemoryTier.Unified : MemoryTier.Texture;
        return new DispatchCommand
        {
            Kernel = Prepare(new MatMulKernel
            {
                Name = $"matmul [{rows}, {side}] x [{side}, {side}]", Inputs = [view], Output = view, Weight = weight,
            }),
            Inputs = [Take(MemoryTier.Activation, bytes)],
            Output = Take(MemoryTier.Activation, bytes),
            Panels = new PanelRange(0, weight.PanelCount),
            WeightChunks = [Take(tier, weight.TotalBytes)],
            PanelsPerChunk = weight.PanelCount,
        };
    }

    private ICompiledKernel Prepare(KernelDesc kernel) => device.Prepare(
        kernel, device.Capabilities.CarriedMoves != CarriedMoves.None && kernel.CarriesMoves ? ElementType.Float16 : null);

    private MemoryRange Take(MemoryTier tier, long bytes)
    {
        IDeviceMemory owned = device.Allocate(tier, bytes);
        memory.Add(owned);
        if (tier != MemoryTier.Texture)
        {
            owned.Write(0, new byte[bytes]);
        }

        return new MemoryRange(owned, 0, bytes);
    }
}
