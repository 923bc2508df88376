using System.Runtime.InteropServices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Tests.Runtime.Packing;

/// <summary>The data section of a graph, element by element, with nothing clever.</summary>
internal static class PackReference
{
    public static byte[] DataOf(KernelGraph graph, WeightFileLayout layout)
    {
        var data = new byte[layout.DataBytes];
        foreach (KernelWeight weight in graph.Weights)
        {
            WeightPlacement placement = layout.Weights[weight.Id];
            switch (weight.Storage)
            {
                case PanelWeight panels:
                    Panels(weight, panels.Layout, layout, placement, data);
                    break;
                case RowWeight rows:
                    Dense(weight, rows.Type, rows.Rows * rows.RowElements, placement.FileOffset, data);
                    break;
                case LinearWeight linear:
                    bool isParameter = placement.ParameterOffset >= 0;
                    long start = isParameter ? layout.ParametersOffset + placement.ParameterOffset : placement.FileOffset;
                    Dense(weight, linear.Type, linear.Elements, start, data);
                    break;
            }
        }

        return data;
    }

    private static void Panels(KernelWeight weight, PanelLayout panels, WeightFileLayout layout, WeightPlacement placement, byte[] data)
    {
        byte[] source = SourceBytes(weight);
        TensorView view = weight.Source!.View;
        for (int group = 0; group < panels.Groups; group++)
        {
            for (int depth = 0; depth < panels.Depth; depth++)
            {
                for (int column = 0; column < panels.Columns; column++)
                {
                    int panel = (group * panels.PanelsPerGroup) + (column / panels.PanelWidth);
                    ChunkInfo chunk = layout.Chunks[placement.FirstChunk + (panel / placement.PanelsPerChunk)];
                    int interleave = panels.DepthInterleave;
                    long quad = ((long)(panel - chunk.Panels.Start) * (panels.PaddedDepth / interleave)) + (depth / interleave);
                    long element = (((quad * panels.PanelWidth) + (column % panels.PanelWidth)) * interleave) + (depth % interleave);
                    long target = chunk.FileOffset + (element * panels.Type.SizeInBytes());
                    long position = (((long)group * panels.Depth) + depth) * panels.Columns;
                    Put(source, view, position + column, panels.Type, data.AsSpan((int)target));
                }
            }
        }
    }

    private static void Dense(KernelWeight weight, ElementType type, long count, long start, byte[] data)
    {
        byte[] source = SourceBytes(weight);
        for (long i = 0; i < count; i++)
        {
            Put(source, weight.Source!.View, i, type, data.AsSpan((int)(start + (i * type.SizeInBytes()))));
        }
    }

    private static void Put(byte[] source, TensorView view, long position, ElementType type, Span<byte> target)
    {
        double value = ValueAt(source.AsSpan((int)view.AddressOf(position) * view.Type.SizeInBytes()), view.Type);
        switch (type)
        {
            case ElementType.Float16:
                MemoryMarshal.Write(target, (Half)value);
                break;
            case ElementType.Float32:
                MemoryMarshal.Write(target, (float)value);
                break;
            default:
                MemoryMarshal.Write(target, (int)value);
                break;
        }
    }

    private static double ValueAt(ReadOnlySpan<byte> at, ElementType type) => type switch
    {
        ElementType.Float32 => MemoryMarshal.Read<float>(at),
        ElementType.Float64 => MemoryMarshal.Read<double>(at),
        ElementType.Float16 => (double)MemoryMarshal.Read<Half>(at),
        ElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Read<ushort>(at) << 16),
        ElementType.Int32 => MemoryMarshal.Read<int>(at),
        ElementType.Int64 => MemoryMarshal.Read<long>(at),
        ElementType.Bool => at[0] == 0 ? 0 : 1,
        ElementType.UInt8 => at[0],
        ElementType.Int8 => (sbyte)at[0],
        ElementType.Int16 => MemoryMarshal.Read<short>(at),
        _ => throw new NotSupportedException(type.ToString()),
    };

    private static byte[] SourceBytes(KernelWeight weight)
    {
        if (weight.Source is ComputedSource computed)
        {
            return [.. computed.Graph.Constants.Values.Single().Bytes];
        }

        WeightRef tensor = ((StoredSource)weight.Source!).Tensor;
        using var file = File.OpenRead(tensor.File);
        var bytes = new byte[tensor.Length];
        file.Position = tensor.Offset;
        file.ReadExactly(bytes);
        return bytes;
    }
}
