using FlashMem.Abstractions.Tensors;

namespace FlashMem.Abstractions.Kernels;

public enum GatherMode
{
    /// <summary>ONNX Gather: data [outer, axis, inner], indices [count], output [outer, count, inner].</summary>
    Axis,

    /// <summary>ONNX GatherElements along <see cref="GatherKernel.Axis"/>: data, indices and output in the model's own axes.</summary>
    Elements,

    /// <summary>ONNX GatherND with <see cref="GatherKernel.BatchDims"/>: data, indices and output in the model's own axes.</summary>
    Nd,

    /// <summary>
    /// Rows of an embedding that the runtime fetched from storage by id: input 0 is the fetched rows [count, inner] in the weight
    /// file's element type (see <see cref="GatherKernel.RowType"/>), output [count, inner]. There is no index input.
    /// </summary>
    FetchedRows,
}

/// <summary>Reads by index. Input 0 is the data, input 1 the Int32 indices (negative ones count from the end).</summary>
public sealed record GatherKernel : KernelDesc
{
    public required GatherMode Mode { get; init; }

    public int Axis { get; init; }

    public int BatchDims { get; init; }

    /// <summary>Element type of fetched rows.</summary>
    public ElementType RowType { get; init; }

    public override KernelFamily Family => KernelFamily.Gather;

    public override OperatorClass Class => OperatorClass.Elemental;

    public override bool IsFetchedRows(int input) => input == 0 && Mode == GatherMode.FetchedRows;
}
