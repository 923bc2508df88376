using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Rows;

/// <summary>Softmax and its logarithm.</summary>
internal static class SoftmaxFamily
{
    private const int Logarithm = 0;

    public static IlgpuKernel Compile(SoftmaxKernel desc, KernelBuild build)
    {
        KernelBuild.Checks.Check(desc, 1);
        KernelBuild.Checks.SameShape(desc, 0);
        KernelTable table = KernelTable.Of(desc);
        table.Set(Logarithm, desc.Logarithm ? 1 : 0);
        return RowKernel.Over(desc, table, build, desc.Epilogue is null ? Run<PlainResult> : Run<FusedResult>);
    }

    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Run<TEpilogue>(KernelOperands operands, RowArguments arguments)
        where TEpilogue : struct, IEpilogue
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduce.MostThreads);
        bool logarithm = operands.Table[arguments.Header + KernelTable.FamilySlot + Logarithm] != 0;
        for (int row = Grid.IdxX; row < arguments.Rows; row += Grid.DimX)
        {
            int start = row * arguments.Inner;
            float largest = -DeviceMath.Infinity;
            for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
            {
                largest = FloatOps.Maximum(largest, Walk.LoadFloat(operands, arguments.Header, 0, start + i));
            }

            largest = GroupReduce.All<float, LargestFloat>(shared, largest);
            float sum = 0f;
            for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
            {
                sum += DeviceMath.Exp(Walk.LoadFloat(operands, arguments.Header, 0, start + i) - largest);
            }

            sum = GroupReduce.All<float, SumFloats>(shared, sum);
            float scale = logarithm ? DeviceMath.Log(sum) : 1f / sum;
            for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
            {
                float value = Walk.LoadFloat(operands, arguments.Header, 0, start + i) - largest;
                Result.Store<TEpilogue>(operands, arguments.Header, start + i, logarithm ? value - scale : DeviceMath.Exp(value) * scale);
            }

        }
    }
}
