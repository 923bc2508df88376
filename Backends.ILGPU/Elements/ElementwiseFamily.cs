using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Elements;

/// <summary>Fused expressions.</summary>
internal static class ElementwiseFamily
{
    public static IlgpuKernel Compile(ElementwiseKernel desc, KernelBuild build)
    {
        KernelBuild.Checks.Check(desc, desc.Inputs.Length);
        KernelBuild.Checks.Require(
            desc.Program.OperandCount == desc.Inputs.Length, desc, $"{desc.Inputs.Length} inputs for {desc.Program.OperandCount} operands");
        for (int i = 0; i < desc.Inputs.Length; i++)
        {
            KernelBuild.Checks.SameShape(desc, i);
        }

        KernelTable table = KernelTable.Of(desc);
        table.AddExpression(desc.Program, 0);
        return ElementKernel.Over(desc, table, build, Run);
    }

    [KernelEntry]
    internal static void Run(KernelOperands operands, ElementArguments arguments)
    {
        int output = Walk.Part(operands.Table, arguments.Header, KernelTable.OutputSlot);
        for (int i = Threads.First; i < arguments.Count; i += Threads.Step)
        {
            uint result = Expression.Evaluate(operands, arguments.Header, i);
            operands.Output[Walk.Address(operands.Table, output, i)] = result;
        }
    }
}
