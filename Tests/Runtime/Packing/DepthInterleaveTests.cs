using System.Runtime.InteropServices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Packing;
using FlashMem.Scheduling.Problem;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Runtime.Packing;

/// <summary>A panel weight that is read back from its file by the layout's own words has the values that it was packed from.</summary>
public sealed class DepthInterleaveTests
{
    [Property(MaxTest = 60)]
    public void Unpacked_values_equal_the_source(int seed)
    {
        var random = new Random(seed);
        int groups = random.Next(1, 4);
        int depth = random.Next(1, 200);
        int columns = random.Next(1, 150);
        ElementType type = random.Next(2) == 0 ? ElementType.Float16 : ElementType.Float32;
        int interleave = random.Next(3) == 0 ? 1 : 4;
        float[] values = [.. Enumerable.Range(0, groups * depth * columns).Select(_ => (float)(Half)random.NextSingle())];
        using var folder = new PackingFolder();
        WeightRef tensor = folder.AddTensor(
            "w", ElementType.Float32, new Shape(groups, depth, columns), MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        var layout = new PanelLayout(groups, depth, columns, type, 32, interleave);
        TensorView view = TensorView.Dense(ElementType.Float32, tensor.Shape);
        var weight = new KernelWeight(0, "w", new PanelWeight(layout), new StoredSource(tensor) { View = view });
        var options = new PackOptions { TargetChunkBytes = 4096 << random.Next(6), BufferBytes = 4096 << random.Next(8) };

        using WeightFile file = folder.PackAsync(PackingFolder.Graph(weight), options).GetAwaiter().GetResult();

        byte[] bytes = File.ReadAllBytes(file.Path);
        Assert.Equal(layout, ((PanelWeight)file.Graph.Weights[0].Storage).Layout);
        foreach (ChunkInfo chunk in file.Layout.Chunks)
        {
            ReadOnlySpan<byte> payload = bytes.AsSpan((int)(file.DataOffset + chunk.FileOffset), chunk.Bytes);
            for (int panel = chunk.Panels.Start; panel < chunk.Panels.End; panel++)
            {
                CheckPanel(layout, panel, payload[(int)((panel - chunk.Panels.Start) * layout.PanelBytes)..], values);
            }
        }
    }

    /// <summary>A panel is [PaddedDepth / interleave][32 columns][interleave]; everything beyond depth and columns is zero.</summary>
    private static void CheckPanel(PanelLayout layout, int panel, ReadOnlySpan<byte> bytes, float[] values)
    {
        int group = panel / layout.PanelsPerGroup;
        int firstColumn = panel % layout.PanelsPerGroup * layout.PanelWidth;
        int element = 0;
        for (int outer = 0; outer < layout.PaddedDepth / layout.DepthInterleave; outer++)
        {
            for (int c = 0; c < layout.PanelWidth; c++)
            {
                for (int inner = 0; inner < layout.DepthInterleave; inner++, element++)
                {
                    int k = (outer * layout.DepthInterleave) + inner;
                    int column = firstColumn + c;
                    float expected = k < layout.Depth && column < layout.Columns
                        ? values[(((group * layout.Depth) + k) * layout.Columns) + column]
                        : 0;
                    float found = layout.Type == ElementType.Float16
                        ? (float)MemoryMarshal.Cast<byte, Half>(bytes)[element]
                        : MemoryMarshal.Cast<byte, float>(bytes)[element];
                    if (expected != found)
                    {
                        Assert.Fail($"{layout}: panel {panel}, depth {k}, column {column} is {found}, expected {expected}");
                    }
                }
            }
        }
    }
}
