using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Operands;
using ILGPU;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Programs;

/// <summary>What kernels are made with.</summary>
/// <param name="Programs">Compiled entry points.</param>
/// <param name="Tables">Where their tables go.</param>
/// <param name="Shape">How many threads the accelerator likes.</param>
internal sealed record KernelBuild(ProgramStore Programs, TableStore Tables, LaunchShape Shape)
{
    public static readonly KernelChecks Checks = new("ilgpu");

    /// <summary>Stores a kernel's table; the position of its first word.</summary>
    public int Store(KernelTable table, KernelDesc desc) => Tables.Add(table.Words, desc.Name);
}

/// <summary>What multiplies tiles of a product.</summary>
internal enum ProductCores
{
    /// <summary>Every thread for itself, in floats.</summary>
    None,

    /// <summary>Tensor cores.</summary>
    Tensor,

    /// <summary>What tensor cores do, through shared memory; for tests.</summary>
    Shared,
}

/// <summary>Numbers of threads for launches. Results do not depend on the number of groups.</summary>
/// <param name="ElementThreads">Threads of a group where every thread works for itself.</param>
/// <param name="RowThreads">Threads that work on one row together; a power of two.</param>
/// <param name="AttentionThreads">Threads that work on a block of queries together; a power of two.</param>
/// <param name="MostGroups">Most groups where threads loop over elements.</param>
/// <param name="TiledProducts">Products go by tiles in shared memory.</param>
/// <param name="Cores">What multiplies the tiles of weights of halves.</param>
internal sealed record LaunchShape(
    int ElementThreads, int RowThreads, int AttentionThreads, int MostGroups, bool TiledProducts, ProductCores Cores)
{
    private const int SmallestRowThreads = 32;

    /// <summary>Enough threads for some elements; each loops over what is left.</summary>
    public KernelConfig Elements(long count) =>
        new((int)Math.Clamp((count + ElementThreads - 1) / ElementThreads, 1, MostGroups), ElementThreads);

    /// <summary>A group for each row, or as many as there may be; groups loop over what is left. Short rows get fewer threads.</summary>
    public KernelConfig Rows(long count, long inner)
    {
        int threads = RowThreads;
        while (threads > SmallestRowThreads && threads > inner)
        {
            threads /= 2;
        }

        return new((int)Math.Clamp(count, 1, 16L * MostGroups), threads);
    }
}
