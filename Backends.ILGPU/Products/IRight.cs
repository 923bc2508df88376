using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>
/// Right-hand side of a product; a type argument. Columns are counted within the launch.
/// </summary>
internal interface IRight
{
    /// <summary>An element at a step that is there; 0 in a column of padding.</summary>
    float Load(KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights, int batch, int step, int column);

    /// <summary>Eight neighbours of a step, from a column that is a multiple of eight; zeros where nothing is.</summary>
    Float8 LoadEight(KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights, int batch, int step, int column);

    /// <summary>Column of the output; -1 for padding.</summary>
    int OutputColumn(ProductArguments arguments, int column);

    /// <summary>Group that a column belongs to.</summary>
    int Group(ProductArguments arguments, int column);
}
