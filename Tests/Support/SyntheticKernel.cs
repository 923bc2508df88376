using System.IO.Hashing;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Tests.Support;

/// <summary>
/// A kernel that computes hashes: element p of its output depends on all its inputs and on panel p of its weight, and on nothing else, so
/// that one wrong byte anywhere shows in the outputs.
/// </summary>
internal sealed class SyntheticKernel(KernelDesc desc) : ICompiledKernel
{
    public KernelDesc Desc { get; } = desc;

    /// <summary>Throws when a weight is not where the command says, byte for byte: not there yet, or not there any more.</summary>
    public void Check(DispatchCommand command, SyntheticModel model)
    {
        KernelNode node = model.Node(Desc.Name);
        for (int i = 0; i < node.Inputs.Length; i++)
        {
            if (node.Inputs[i].Kind == OperandKind.Weight)
            {
                Check(command.Inputs[i], model, model.OffsetOf(node.Inputs[i].Id), Desc.Name);
            }
        }

        if (node.PanelWeight < 0)
        {
            return;
        }

        WeightPlacement panels = model.Layout.Weights[node.PanelWeight];
        int first = panels.FirstChunk + (command.Panels.Start / panels.PanelsPerChunk);
        int covered = 0;
        for (int i = 0; i < command.WeightChunks.Length; i++)
        {
            ChunkInfo chunk = model.Layout.Chunks[first + i];
            Check(command.WeightChunks[i], model, model.DataOffset + chunk.FileOffset, $"{Desc.Name} chunk {chunk.Id}");
            covered += chunk.Panels.Count;
        }

        if (covered < command.Panels.Count)
        {
            throw new InvalidOperationException($"{Desc.Name}: {covered} panels bound, {command.Panels.Count} wanted");
        }
    }

    public void Run(DispatchCommand command, SyntheticModel model)
    {
        KernelNode node = model.Node(Desc.Name);
        ulong inputs = InputHash(node.Index, command.Inputs.Select(range => CheckingMemory.Of(range).ToArray()));
        KernelBuffer output = model.Graph.Buffers[node.Output];
        Span<int> result = MemoryMarshal.Cast<byte, int>(CheckingMemory.Of(command.Output));
        if (node.PanelWeight < 0)
        {
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = Value(output, inputs, i, []);
            }

            return;
        }

        int panelBytes = (int)Desc.Panels!.PanelBytes;
        for (int i = 0; i < command.Panels.Count; i++)
        {
            MemoryRange chunk = command.WeightChunks[i / command.PanelsPerChunk];
            ReadOnlySpan<byte> panel = CheckingMemory.Of(chunk).Slice(i % command.PanelsPerChunk * panelBytes, panelBytes);
            int p = command.Panels.Start + i;
            result[p] = Value(output, inputs, p, panel);
        }
    }

    public static ulong InputHash(int kernel, IEnumerable<byte[]> inputs)
    {
        ulong hash = (ulong)kernel;
        foreach (byte[] input in inputs)
        {
            hash = XxHash3.HashToUInt64(input, (long)hash);
        }

        return hash;
    }

    /// <summary>Element <paramref name="index"/> of an output; Int32 outputs are row ids.</summary>
    public static int Value(KernelBuffer output, ulong inputs, int index, ReadOnlySpan<byte> panel)
    {
        ulong hash = XxHash3.HashToUInt64(panel, (long)(inputs + (ulong)index));
        return output.Type == ElementType.Int32 ? (int)(hash % SyntheticModel.Rows) : (int)hash;
    }

    private static void Check(MemoryRange range, SyntheticModel model, long fileOffset, string what)
    {
        var expected = new byte[range.Bytes];
        model.Fill(fileOffset, expected);
        if (!CheckingMemory.Of(range).SequenceEqual(expected))
        {
            throw new InvalidOperationException($"race: {what} runs without its weight in place");
        }
    }
}
