using System.Runtime.InteropServices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Support;

/// <summary>A random panel weight: its bytes in panel layout and the values that they stand for.</summary>
internal sealed class PanelWeightData
{
    public PanelWeightData(PanelLayout layout, Random random)
    {
        Layout = layout;
        Values = new double[(long)layout.Groups * layout.Depth * layout.Columns];
        Bytes = new byte[layout.TotalBytes];
        for (int g = 0; g < layout.Groups; g++)
        {
            for (int k = 0; k < layout.Depth; k++)
            {
                for (int n = 0; n < layout.Columns; n++)
                {
                    Put(g, k, n, (float)((random.NextDouble() * 2) - 1));
                }
            }
        }
    }

    public PanelLayout Layout { get; }

    /// <summary>Dense [group, depth, column].</summary>
    public double[] Values { get; }

    public byte[] Bytes { get; }

    private void Put(int group, int k, int n, float value)
    {
        int width = Layout.PanelWidth;
        long panel = ((long)group * Layout.PanelsPerGroup) + (n / width);
        int interleave = Layout.DepthInterleave;
        long row = ((long)panel * Layout.PaddedDepth) + (k / interleave * interleave);
        long element = (row * width) + (n % width * interleave) + (k % interleave);
        if (Layout.Type == ElementType.Float16)
        {
            var half = (Half)value;
            value = (float)half;
            MemoryMarshal.Cast<byte, Half>(Bytes.AsSpan())[(int)element] = half;
        }
        else
        {
            MemoryMarshal.Cast<byte, float>(Bytes.AsSpan())[(int)element] = value;
        }

        Values[((((long)group * Layout.Depth) + k) * Layout.Columns) + n] = value;
    }
}
