using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>Memory with seeded random values for one kernel, and the command that launches it. Owns the memory.</summary>
internal sealed class KernelSample : IDisposable
{
    /// <summary>Most bytes of a weight that one launch computes; what lies behind them would only take longer.</summary>
    private const long MostWeightBytes = 64L << 20;

    private const int ChunkBytes = 1 << 20;
    private const int RowBytes = 4096;

    private readonly List<IDeviceMemory> memory = [];
    private readonly OpenClDevice device;

    /// <param name="device">Where.</param>
    /// <param name="kernel">All its operands are floats or halves.</param>
    /// <param name="traits">What it was compiled for: streamed weights in images or in a buffer.</param>
    public KernelSample(OpenClDevice device, ICompiledKernel kernel, ClTraits traits)
    {
        this.device = device;
        try
        {
            KernelDesc desc = kernel.Desc;
            Command = new DispatchCommand
            {
                Kernel = kernel,
                Inputs = [.. desc.Inputs.Select(Activation)],
                Output = Activation(desc.Output),
            };
            if (desc.Panels is { } layout)
            {
                Command = WithWeight(Command, layout, traits);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>One launch of the kernel, of the weight's first panels.</summary>
    public DispatchCommand Command { get; }

    public void Dispose() => memory.ForEach(block => block.Dispose());

    private DispatchCommand WithWeight(DispatchCommand command, PanelLayout layout, ClTraits traits)
    {
        int panels = (int)Math.Clamp(MostWeightBytes / layout.PanelBytes, 1, layout.PanelCount);
        int perChunk = (int)Math.Max(1, ChunkBytes / layout.PanelBytes);
        int chunks = (panels + perChunk - 1) / perChunk;
        long slotBytes = ((perChunk * layout.PanelBytes) + RowBytes - 1) / RowBytes * RowBytes;

        // Chunks lie within one image.
        long perBlock = Math.Max(1, traits.TextureBlockBytes / slotBytes);
        long Offset(int chunk) => (chunk / perBlock * traits.TextureBlockBytes) + (chunk % perBlock * slotBytes);
        long bytes = Offset(chunks - 1) + slotBytes;
        IDeviceMemory weight = device.Capabilities.ZeroCopy
            ? device.Allocate(MemoryTier.Unified, bytes)
            : device.AllocateTexture(bytes, layout.Type, traits.WeightImages);
        Fill(weight, layout.Type);
        return command with
        {
            Panels = new PanelRange(0, panels),
            PanelsPerChunk = perChunk,
            WeightChunks = [.. Enumerable.Range(0, chunks).Select(i => new MemoryRange(weight, Offset(i), slotBytes))],
        };
    }

    private MemoryRange Activation(TensorView view)
    {
        IDeviceMemory block = device.Allocate(MemoryTier.Activation, view.UpperBound * view.Type.SizeInBytes());
        Fill(block, view.Type);
        return new MemoryRange(block, 0, block.Bytes);
    }

    private void Fill(IDeviceMemory block, ElementType type)
    {
        memory.Add(block);
        var random = new Random(1);
        var bytes = new byte[(int)Math.Min(block.Bytes, ChunkBytes)];
        if (type == ElementType.Float16)
        {
            foreach (ref Half value in MemoryMarshal.Cast<byte, Half>(bytes.AsSpan()))
            {
                value = (Half)((random.NextSingle() - 0.5f) * 0.1f);
            }
        }
        else
        {
            foreach (ref float value in MemoryMarshal.Cast<byte, float>(bytes.AsSpan()))
            {
                value = random.NextSingle() - 0.5f;
            }
        }

        for (long at = 0; at < block.Bytes; at += bytes.Length)
        {
            block.Write(at, bytes.AsSpan(0, (int)Math.Min(bytes.Length, block.Bytes - at)));
        }
    }
}
