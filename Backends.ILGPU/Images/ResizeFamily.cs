using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Elements;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Images;

/// <summary>Resampling by the taps that all backends share.</summary>
internal static class ResizeFamily
{
    private const int InputHeight = 0;
    private const int InputWidth = 1;
    private const int OutputHeight = 2;
    private const int OutputWidth = 3;
    private const int Taps = 4;

    // Parts: for every output coordinate its taps' positions, then their weights.
    private const int Rows = 5;
    private const int Columns = 6;

    public static IlgpuKernel Compile(ResizeKernel desc, KernelBuild build)
    {
        KernelBuild.Checks.Check(desc, 1);
        KernelBuild.Checks.Rank(desc, desc.Inputs[0], 4);
        KernelBuild.Checks.Rank(desc, desc.Output, 4);
        Shape x = desc.Inputs[0].Shape;
        Shape y = desc.Output.Shape;
        ResizeTaps rows = ResizeTaps.Create(desc, x[2], y[2], desc.ScaleHeight);
        ResizeTaps columns = ResizeTaps.Create(desc, x[3], y[3], desc.ScaleWidth);
        KernelTable table = KernelTable.Of(desc);
        table.Set(InputHeight, (int)x[2]);
        table.Set(InputWidth, (int)x[3]);
        table.Set(OutputHeight, (int)y[2]);
        table.Set(OutputWidth, (int)y[3]);
        table.Set(Taps, rows.Count);
        table.Add(Rows, Words(rows, y[2]));
        table.Add(Columns, Words(columns, y[3]));
        return ElementKernel.Over(desc, table, build, desc.Epilogue is null ? Run<PlainResult> : Run<FusedResult>);
    }

    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Run<TEpilogue>(KernelOperands operands, ElementArguments arguments)
        where TEpilogue : struct, IEpilogue
    {
        ArrayView<uint> table = operands.Table;
        int family = arguments.Header + KernelTable.FamilySlot;
        int height = (int)table[family + OutputHeight];
        int width = (int)table[family + OutputWidth];
        int taps = (int)table[family + Taps];
        int rows = Walk.FamilyPart(table, arguments.Header, Rows);
        int columns = Walk.FamilyPart(table, arguments.Header, Columns);
        for (int i = Threads.First; i < arguments.Count; i += Threads.Step)
        {
            int x = i % width;
            int y = i / width % height;
            int plane = i / width / height;
            float sum = 0f;
            for (int down = 0; down < taps; down++)
            {
                int line = (plane * (int)table[family + InputHeight]) + (int)table[rows + (y * taps) + down];
                float across = 0f;
                for (int k = 0; k < taps; k++)
                {
                    int pixel = (line * (int)table[family + InputWidth]) + (int)table[columns + (x * taps) + k];
                    float weight = Interop.IntAsFloat(table[columns + (((width + x) * taps) + k)]);
                    across += weight * Walk.LoadFloat(operands, arguments.Header, 0, pixel);
                }

                sum += across * Interop.IntAsFloat(table[rows + (((height + y) * taps) + down)]);
            }

            Result.Store<TEpilogue>(operands, arguments.Header, i, sum);
        }
    }

    private static List<uint> Words(ResizeTaps taps, long outputs)
    {
        var words = new List<uint>();
        for (long i = 0; i < outputs; i++)
        {
            foreach (int position in taps.Positions(i))
            {
                words.Add((uint)position);
            }
        }

        words.AddRange(taps.AllWeights.Select(BitConverter.SingleToUInt32Bits));
        return words;
    }
}
