using FlashMem.Backends.ILGPU.Operands;

namespace FlashMem.Backends.ILGPU.Expressions;

/// <summary>What becomes of a kernel's results before they are stored; a type argument, so that kernels without one pay nothing.</summary>
internal interface IEpilogue
{
    uint Apply(KernelOperands operands, int header, int position, uint result);
}

/// <summary>Stores results as they are.</summary>
internal struct PlainResult : IEpilogue
{
    public readonly uint Apply(KernelOperands operands, int header, int position, uint result) => result;
}

/// <summary>Applies the table's expression.</summary>
internal struct FusedResult : IEpilogue
{
    public readonly uint Apply(KernelOperands operands, int header, int position, uint result) =>
        Expression.Apply(operands, header, position, result);
}
