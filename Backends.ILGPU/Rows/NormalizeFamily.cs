using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Rows;

/// <summary>Layer, group, instance and root-mean-square normalisation.</summary>
internal static class NormalizeFamily
{
    private const int Centers = 0;
    private const int Epsilon = 1;

    // Input slots; 0 where there is none, for slot 0 is the data.
    private const int Scale = 2;
    private const int Bias = 3;

    public static IlgpuKernel Compile(NormalizeKernel desc, KernelBuild build)
    {
        int own = 1 + (desc.HasScale ? 1 : 0) + (desc.HasBias ? 1 : 0);
        KernelBuild.Checks.Check(desc, own);
        for (int i = 0; i < own; i++)
        {
            KernelBuild.Checks.SameShape(desc, i);
        }

        KernelTable table = KernelTable.Of(desc);
        table.Set(Centers, desc.Mode == NormalizeMode.MeanVariance ? 1 : 0);
        table.Set(Epsilon, BitConverter.SingleToInt32Bits(desc.Epsilon));
        table.Set(Scale, desc.HasScale ? 1 : 0);
        table.Set(Bias, desc.HasBias ? own - 1 : 0);
        return RowKernel.Over(desc, table, build, desc.Epilogue is null ? Run<PlainResult> : Run<FusedResult>);
    }

    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Run<TEpilogue>(KernelOperands operands, RowArguments arguments)
        where TEpilogue : struct, IEpilogue
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduce.MostThreads);
        int family = arguments.Header + KernelTable.FamilySlot;
        int scale = (int)operands.Table[family + Scale];
        int bias = (int)operands.Table[family + Bias];
        float epsilon = Interop.IntAsFloat(operands.Table[family + Epsilon]);
        float share = 1f / arguments.Inner;
        for (int row = Grid.IdxX; row < arguments.Rows; row += Grid.DimX)
        {
            int start = row * arguments.Inner;
            float mean = 0f;
            if (operands.Table[family + Centers] != 0)
            {
                float sum = 0f;
                for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
                {
                    sum += Walk.LoadFloat(operands, arguments.Header, 0, start + i);
                }

                mean = GroupReduce.All<float, SumFloats>(shared, sum) * share;
            }

            float squares = 0f;
            for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
            {
                float distance = Walk.LoadFloat(operands, arguments.Header, 0, start + i) - mean;
                squares += distance * distance;
            }

            float variance = GroupReduce.All<float, SumFloats>(shared, squares) * share;
            float factor = 1f / DeviceMath.Sqrt(variance + epsilon);
            for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
            {
                float value = (Walk.LoadFloat(operands, arguments.Header, 0, start + i) - mean) * factor;
                value = scale != 0 ? value * Walk.LoadFloat(operands, arguments.Header, scale, start + i) : value;
                value = bias != 0 ? value + Walk.LoadFloat(operands, arguments.Header, bias, start + i) : value;
                Result.Store<TEpilogue>(operands, arguments.Header, start + i, value);
            }
        }
    }
}
