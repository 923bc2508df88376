using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Indexing;

/// <summary>Device side of indices that a model computed.</summary>
internal static class IndexCheck
{
    /// <summary>The index counted from the start. One outside its axis is reported, and 0 stands in for it.</summary>
    public static int Normalize(int index, int extent, ArrayView<uint> fault)
    {
        int counted = index < 0 ? index + extent : index;
        if (counted >= 0 && counted < extent)
        {
            return counted;
        }

        fault[FaultRecord.Index] = (uint)index;
        fault[FaultRecord.Extent] = (uint)extent;
        fault[FaultRecord.Flag] = 1u;
        return 0;
    }
}
