using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.Host.Panels;

/// <summary>Panels of a streamed weight, read in the chunks where storage put them.</summary>
internal sealed unsafe class WeightPanels : RightOperand
{
    private readonly nint[] chunks;
    private readonly int firstPanel;
    private readonly int panelsPerChunk;
    private readonly long panelBytes;
    private readonly bool half;

    /// <summary>Binds the chunks of a command after checking that they hold its panels.</summary>
    public WeightPanels(PanelLayout layout, DispatchCommand command, string kernel)
    {
        PanelRange panels = command.Panels;
        if (panels.Start < 0 || panels.Count < 0 || panels.End > layout.PanelCount)
        {
            throw new DeviceException($"{kernel}: panels {panels.Start} to {panels.End} of a weight with {layout.PanelCount}");
        }

        firstPanel = panels.Start;
        panelsPerChunk = command.PanelsPerChunk;
        panelBytes = layout.PanelBytes;
        half = layout.Type switch
        {
            ElementType.Float16 => true,
            ElementType.Float32 => false,
            _ => throw new DeviceException($"{kernel}: weight panels of type {layout.Type}; the host reads Float16 and Float32"),
        };

        int needed = panels.Count == 0 ? 0 : panelsPerChunk < 1 ? int.MaxValue : ((panels.Count - 1) / panelsPerChunk) + 1;
        if (command.WeightChunks.Length < needed)
        {
            throw new DeviceException(
                $"{kernel}: {panels.Count} panels at {panelsPerChunk} per chunk in {command.WeightChunks.Length} chunks");
        }

        chunks = new nint[needed];
        for (int i = 0; i < needed; i++)
        {
            long bytes = Math.Min(panelsPerChunk, panels.Count - (i * panelsPerChunk)) * panelBytes;
            MemoryRange chunk = command.WeightChunks[i];
            chunks[i] = chunk.Bytes >= bytes
                ? chunk.HostAddress
                : throw new DeviceException($"{kernel}: chunk {i} has {chunk.Bytes} bytes, its panels need {bytes}");
        }
    }

    public override double BlockCost => half ? 2.5 : 0.5;

    public override float* Block(int panel, long depthStart, int depth, float* scratch, long* table)
    {
        int index = panel - firstPanel;
        int chunk = index / panelsPerChunk;
        byte* start = (byte*)chunks[chunk] + ((index - ((long)chunk * panelsPerChunk)) * panelBytes);
        if (!half)
        {
            return (float*)start + (depthStart * TileShape.PanelWidth);
        }

        HalfBlock.Widen((ushort*)start + (depthStart * TileShape.PanelWidth), scratch, depth * TileShape.PanelWidth);
        return scratch;
    }
}
