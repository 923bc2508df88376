using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host;

/// <summary>
/// Runs two tiny kernels on a thread of its own, once per process, while the first session is still being opened: the inner loops of
/// matrix products and convolutions are made for this machine's vectors by the JIT compiler, which would otherwise do it inside the first
/// run (about 40 ms of it).
/// </summary>
internal static class HostWarmUp
{
    /// <summary>12 + 8 + 4 + 1 rows: every height of register tile.</summary>
    private const int Side = 5;

    private const int Channels = 16;

    /// <summary>A full panel and a half one: both widths of register tile.</summary>
    private const int Columns = 48;

    private const int PanelWidth = 32;
    private static int started;

    /// <summary>Starts the thread if no device of this process has.</summary>
    public static void Start()
    {
        if (Interlocked.Exchange(ref started, 1) == 0)
        {
            new Thread(Run) { Name = "flashmem-warmup", IsBackground = true }.Start();
        }
    }

    private static void Run()
    {
        using var workers = new WorkerPool(1);
        RunKernel(Convolution(kernel: 1), workers);
        RunKernel(Convolution(kernel: 3), workers);
    }

    /// <summary>relu(conv(x) + bias + residual), the kernel that convolutional networks are made of.</summary>
    private static ConvKernel Convolution(int kernel)
    {
        TensorView image = Image(Channels);
        TensorView output = Image(Columns);
        TensorView bias = TensorView.FromStrides(ElementType.Float32, output.Shape, [0, 1, 0, 0]);
        return new ConvKernel
        {
            Name = "warm-up",
            Inputs = [image, bias, output],
            Output = output,
            Kernel = new Extent2D(kernel, kernel),
            Strides = new Extent2D(1, 1),
            Dilations = new Extent2D(1, 1),
            Pads = new Padding2D(kernel / 2, kernel / 2, kernel / 2, kernel / 2),
            Groups = 1,
            Weight = new PanelLayout(1, kernel * kernel * Channels, Columns, ElementType.Float16, PanelWidth),
            Epilogue = new ElementwiseProgram(
                3,
                [
                    new ElementwiseInstruction(ElementwiseOp.Add, ElementType.Float32, 0, 1),
                    new ElementwiseInstruction(ElementwiseOp.Add, ElementType.Float32, 3, 2),
                    new ElementwiseInstruction(ElementwiseOp.Relu, ElementType.Float32, 4),
                ]),
        };
    }

    /// <summary>Channels last, as lowering lays images out.</summary>
    private static TensorView Image(int channels) =>
        TensorView.FromStrides(ElementType.Float32, new Shape(1, channels, Side, Side), [0, 1, Side * channels, channels]);

    private static void RunKernel(ConvKernel desc, WorkerPool workers)
    {
        PanelLayout weight = desc.Weight!;
        using HostMemory activations = Zeros(Side * Side * Columns * sizeof(float));
        using HostMemory panels = Zeros(weight.TotalBytes);
        var range = new MemoryRange(activations, 0, activations.Bytes);
        IHostKernel kernel = HostKernels.Compile(desc);
        kernel.Run(
            new DispatchCommand
            {
                Kernel = kernel,
                Inputs = [range, range, range],
                Output = range,
                Panels = new PanelRange(0, weight.PanelCount),
                WeightChunks = [new MemoryRange(panels, 0, panels.Bytes)],
                PanelsPerChunk = weight.PanelCount,
            },
            workers);
    }

    private static HostMemory Zeros(long bytes)
    {
        var memory = new HostMemory(MemoryTier.Activation, bytes, _ => { });
        memory.Write(0, new byte[bytes]);
        return memory;
    }
}
