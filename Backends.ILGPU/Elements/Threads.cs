using ILGPU;

namespace FlashMem.Backends.ILGPU.Elements;

/// <summary>Device side of loops in which every thread takes each n-th element.</summary>
internal static class Threads
{
    public static int First => (Grid.IdxX * Group.DimX) + Group.IdxX;

    public static int Step => Grid.DimX * Group.DimX;
}
