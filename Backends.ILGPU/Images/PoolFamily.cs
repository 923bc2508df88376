using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Elements;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Images;

/// <summary>Windowed reductions.</summary>
internal static class PoolFamily
{
    public static IlgpuKernel Compile(PoolKernel desc, KernelBuild build)
    {
        KernelBuild.Checks.Check(desc, 1);
        KernelBuild.Checks.Rank(desc, desc.Inputs[0], 4);
        KernelBuild.Checks.Rank(desc, desc.Output, 4);
        KernelTable table = KernelTable.Of(desc);
        table.Add(0, Windows.Words(desc.Inputs[0].Shape, desc.Output.Shape, desc.Kernel, desc.Strides, desc.Dilations, desc.Pads, new Extent2D(1, 1)));
        table.Set(1, (int)desc.Mode);
        return ElementKernel.Over(desc, table, build, desc.Epilogue is null ? Run<PlainResult> : Run<FusedResult>);
    }

    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Run<TEpilogue>(KernelOperands operands, ElementArguments arguments)
        where TEpilogue : struct, IEpilogue
    {
        ArrayView<uint> table = operands.Table;
        int windows = Walk.FamilyPart(table, arguments.Header, 0);
        var mode = (PoolMode)table[arguments.Header + KernelTable.FamilySlot + 1];
        for (int i = Threads.First; i < arguments.Count; i += Threads.Step)
        {
            int height = Windows.Get(table, windows, Windows.KernelHeight);
            int width = Windows.Get(table, windows, Windows.KernelWidth);
            int plane = Windows.Plane(table, windows, i);
            float sum = 0f;
            float largest = -DeviceMath.Infinity;
            int inside = 0;
            for (int row = 0; row < height; row++)
            {
                int y = Windows.Row(table, windows, i, row);
                for (int column = 0; column < width; column++)
                {
                    int x = Windows.Column(table, windows, i, column);
                    if (y >= 0 && x >= 0)
                    {
                        float value = Walk.LoadFloat(operands, arguments.Header, 0, Windows.Pixel(table, windows, plane, y, x));
                        sum += value;
                        largest = FloatOps.Maximum(value, largest);
                        inside++;
                    }
                }
            }

            float result = mode == PoolMode.Maximum ? largest : sum / (mode == PoolMode.Average ? inside : height * width);
            Result.Store<TEpilogue>(operands, arguments.Header, i, result);
        }
    }
}
